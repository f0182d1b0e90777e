import ArgumentParser
import FleetModel
import Foundation
import Probes
import Store

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
        let fleet = try FleetFile.load(options, checkingSecrets: true)
        let wanted = try targets.flatMap { try ManualRuns.resolve($0, probe: probe, in: fleet) }
        let storePath = options.db ?? fleet.storePath
        let store = try OpenStore.open(storePath, access: .readWrite)
        let runs = ManualRuns(
            fleet: fleet, store: store, patience: patience.value, logger: logLevel.logger("now"), isQuiet: silence.quiet
        )
        let outcome: ManualRuns.Outcome
        do {
            outcome = try await runs.run(wanted)
        } catch let failure as CommandFailure {
            throw failure.reported()
        } catch let error as StoreError {
            throw OpenStore.failure(error).reported()
        }
        ResultPrinter(output).print(outcome.results)
        ResultPrinter.noteFailures(outcome.results)
        if outcome.status != .ok { throw outcome.status.code }
    }
}
