import Agent
import ArgumentParser
import FleetFile
import FleetModel

/// `probe check`: a fleet file's problems, all at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a fleet file and report every problem at once.",
        discussion: "Each problem is a line `file:line:column: what, found, remedy`. Exit code 78 when there is one.")

    @Argument(help: "The fleet file; without it the one that the agent would read.")
    var file: String?

    @OptionGroup var options: FleetOptions

    func run() throws {
        let path = try FleetLookup.locate(file ?? options.fleet)
        let loaded: LoadedFleet
        do {
            loaded = try FleetLoader(checkingSecrets: true).load(path: path)
        } catch {
            Terminal.note(error.description)
            Terminal.note("probe: \(path): \(error.count.counted("problem"))")
            throw ExitStatus.configuration.code
        }
        for warning in loaded.warnings { Terminal.note("warning: \(warning)") }
        for hint in loaded.recommendations { Terminal.note("recommended: \(hint)") }
        let fleet = loaded.fleet
        let enabled = fleet.targets.filter(\.isEnabled).count
        Terminal.output(
            "\(path): ok: \(fleet.targets.count.counted("target")) (\(enabled) enabled), \(fleet.probes.count.counted("probe")), "
                + "\(fleet.jobs.count.counted("scheduled job"))\n")
    }
}
