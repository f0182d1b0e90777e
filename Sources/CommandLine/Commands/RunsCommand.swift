import ArgumentParser
import FleetModel
import Foundation

/// `probe runs`: what the store holds.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List stored runs, the newest first.")

    @Option(help: ArgumentHelp("Runs of this target only (repeatable).", valueName: "name"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Runs that started within this time, for example 24h or 7d.", valueName: "duration"))
    var last: DurationArgument?

    @Option(help: ArgumentHelp("Show at most n runs, 1 to 10000.", valueName: "n"))
    var limit = 100

    @Flag(help: "Put the measured tuples into JSON.")
    var samples = false

    @OptionGroup var options: FleetOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...RunQuery.maxRows).contains(limit) else {
            throw ValidationError(
                "--limit takes 1 to \(RunQuery.maxRows), found \(limit); write --limit 100, for example.")
        }
    }

    func run() async throws {
        let path = try options.db ?? FleetLookup.load(options).storePath
        let store = try OpenStore.forReading(path)
        let now = Date()
        let target = target.map(FleetName.normalized)
        do {
            let known = Set(try await store.targets().map(\.name))
            if let unknown = target.first(where: { !known.contains($0) }) {
                throw UsageFailure("\(path) has no runs of a target \(unknown.debugDescription)").reported()
            }
            let query = RunQuery(
                period: last.map { now.addingTimeInterval(-$0.value.inSeconds)..<now.addingTimeInterval(1) },
                targets: target.isEmpty ? nil : target, includesSamples: samples)
            let results = try await store.runs(query, limit: limit)
            ResultPrinter(output, includesSamples: samples).print(results)
            let all = results.count < limit ? results.count : try await store.count(query)
            if all > results.count {
                Terminal.note("probe: the newest \(results.count) of \(all) runs are shown: see --limit")
            }
        } catch let error as any RunStoreError {
            throw OpenStore.failure(error).reported()
        }
    }
}
