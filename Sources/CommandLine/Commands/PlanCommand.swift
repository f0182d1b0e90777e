import ArgumentParser
import FleetModel
import Foundation
import Reports
import Scheduler

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

    @Option(help: ArgumentHelp("The first n slots only, 1 or more; without it all are printed.", valueName: "n"))
    var limit: Int?

    @OptionGroup var options: FleetOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError("--limit takes 1 or more, found \(limit); write --limit 100, for example.")
        }
        guard output.format != .csv else { throw ValidationError("--format takes table, json or jsonl here.") }
    }

    func run() async throws {
        let fleet = try FleetLookup.load(options)
        if let target, fleet.target(named: target) == nil {
            throw UsageFailure("there is no target \(target.debugDescription) in \(fleet.path)").reported()
        }
        let seed = try fleet.seed ?? storeID(options.db ?? fleet.storePath)
        let now = Date()
        let starts = Planner(fleet: fleet, seed: seed, target: target)
            .sequence(in: now..<now.addingTimeInterval(period.value.inSeconds))
        var text = PlanText(
            format: output.format,
            longestName: fleet.targets.map { VisibleText.columns(VisibleText.of($0.name)) }.max() ?? 0)
        var shown = 0
        var isCut = false
        for start in starts {
            if shown == limit {
                isCut = true
                break
            }
            shown += 1
            text.append(start)
            if text.isLong { Terminal.output(text.take()) }
            if Terminal.isOutputLost { return }
        }
        text.finish()
        Terminal.output(text.take())
        if isCut { Terminal.note("probe: the first \(shown) slots are shown, there are more: see --limit") }
    }

    private func storeID(_ path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                .configuration,
                "the fleet file has no `seed` and there is no database \(path) yet whose id would serve: add a seed"
            ).reported()
        }
        return try OpenStore.forReading(path).storeID
    }
}
