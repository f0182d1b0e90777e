import Agent
import ArgumentParser
import FleetModel
import Foundation
import Probes

/// `probe now`: a test of some targets right now.
struct NowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "now",
        abstract: "Test routers or servers of the fleet right now.",
        discussion: """
            Runs each target's probes one after the other, by the same rules as the agent: a test waits up to 60 s for another \
            one to end, then exit code 75. Where an agent runs on the same database, it runs the test. The results are stored.

              probe now ap-north
              probe now 192.0.2.10 --probe tcp --format json
            """)

    @Argument(help: "Names of routers and servers in the fleet file, or their addresses.")
    var targets: [String]

    @Option(help: ArgumentHelp("Run this probe only.", valueName: "name"))
    var probe: String?

    @Option(help: "How long a test may wait for its turn, for example 90s or 5m.")
    var patience = DurationArgument(.seconds(60))

    @OptionGroup var options: FleetOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: LogLevelArgument = .init(.warning)

    @OptionGroup var silence: QuietOptions

    func run() async throws {
        silence.apply(output)
        let loaded = try FleetLookup.loadForTests(options)
        let wanted: [ManualRuns.Wanted]
        do {
            wanted = try targets.flatMap { try ManualRuns.resolve($0, probe: probe, in: loaded.fleet) }
        } catch {
            throw UsageFailure("\(error)").reported()
        }
        let storePath = options.db ?? loaded.fleet.storePath
        let store = try OpenStore.forWriting(storePath)
        let runs = ManualRuns(
            loaded: loaded, store: store, place: OpenStore.place(storePath), client: .thisProgram,
            patience: patience.value, logger: logLevel.logger("now"), audience: NowLines(isQuiet: silence.quiet))
        let outcome: ManualRuns.Outcome
        do {
            outcome = try await runs.run(wanted)
        } catch let error as ManualRunsError {
            throw CommandFailure(.busy, error.description).reported()
        } catch let error as any RunStoreError {
            throw OpenStore.failure(error).reported()
        }
        ResultPrinter(output).print(outcome.results, unstored: outcome.unstored)
        ResultPrinter.noteFailures(outcome.results)
        if !outcome.unstored.isEmpty {
            Terminal.note(
                "probe: \(outcome.unstored.count == 1 ? "this result" : "\(outcome.unstored.count) results") could not be kept in "
                    + "\(storePath) within 60 s: note what you need of it")
        }
        let status = ExitStatus.worst(
            of: outcome.results.map { ExitStatus($0) } + outcome.missing.map { ExitStatus($0.reason) }
                + outcome.unstored.map { _ in .busy })
        if status != .ok { throw status.code }
    }
}

/// What a person sees while `probe now` waits for its tests.
private struct NowLines: ManualRunsAudience {
    let isQuiet: Bool

    func watch<Value: Sendable>(
        _ wanted: ManualRuns.Wanted, _ monitor: ProbeMonitor, while work: @escaping @Sendable () async -> Value
    ) async -> Value {
        if isQuiet { return await work() }
        return await ProgressLine(label: "\(wanted.target) \(wanted.probe)", monitor: monitor).shown(while: work)
    }

    func missed(_ missing: ManualRuns.Missing) {
        Terminal.note("probe: \(missing)")
    }
}

extension ExitStatus {
    fileprivate init(_ reason: ManualRuns.Missing.Reason) {
        self =
            switch reason {
            case .busy: .busy
            case .stopped: .testFailed
            case .notLoaded: .configuration
            }
    }
}
