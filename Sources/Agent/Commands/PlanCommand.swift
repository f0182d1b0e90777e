import ArgumentParser
import FleetModel
import Foundation
import Scheduler
import Store

/// `probe plan`: what would run when.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what would run when, from the fleet file and the clock alone.",
        discussion: """
            Each line is a slot: when its test starts if nothing is in its way, and until when it may wait. Without a `seed` in the \
            fleet file the plan follows from the id of its database.
            """)

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How far to look ahead, for example 90m, 24h or 7d.", valueName: "duration"))
    var period = DurationArgument(.seconds(86_400))

    @Option(help: ArgumentHelp("This target only.", valueName: "name"))
    var target: String?

    @Option(help: ArgumentHelp("At most so many lines, 1 or more.", valueName: "n"))
    var limit = 10_000

    @OptionGroup var options: FleetOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else {
            throw ValidationError("--limit takes 1 or more, found \(limit); write --limit 100, for example.")
        }
        guard output.format != .csv else { throw ValidationError("--format takes table, json or jsonl here.") }
    }

    func run() async throws {
        let fleet = try FleetFile.load(options)
        if let target, fleet.target(named: target) == nil {
            throw UsageFailure("there is no target \(target.debugDescription) in \(fleet.path)").reported()
        }
        let seed = try fleet.seed ?? storeID(options.db ?? fleet.storePath)
        let now = Date()
        let starts = Planner(fleet: fleet, seed: seed, target: target)
            .starts(in: now..<now.addingTimeInterval(period.value.inSeconds), limit: limit)
        Terminal.output(PlanText(starts: starts).text(output.format))
        if starts.count == limit { Terminal.note("probe: \(limit) slots shown, there may be more: see --limit") }
    }

    private func storeID(_ path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                .configuration,
                "the fleet file has no `seed` and there is no database \(path) yet whose id would serve: add a seed"
            ).reported()
        }
        return try OpenStore.open(path, access: .readOnly).storeID
    }
}
