import ArgumentParser
import Foundation

/// The root of the command line.
@main
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Measures what the links of a fleet of MikroTik routers and RMBT servers really carry.",
        discussion: """
            Start with `probe demo`: it runs servers, the agent, the store and a report on this machine, in about a minute, and \
            leaves a fleet file to edit. Then `probe check`, `probe plan` and `probe agent`. When a customer is on the phone: \
            `probe now ROUTER`.

            Results go to standard output, progress and logs to standard error. Exit codes: 0 ok, 1 a test failed, 64 usage, \
            65 bad data, 69 unreachable, 75 busy (try again), 77 authentication, 78 configuration. A test whose result cannot be \
            printed is recorded all the same; the exit code is its own, or 78 where that would be 0.
            """,
        version: "fleetprobe \(ProgramVersion.text)",
        groupedSubcommands: [
            CommandGroup(
                name: "Fleet",
                subcommands: [
                    AgentCommand.self, NowCommand.self, PlanCommand.self, CheckCommand.self, ReportCommand.self,
                    RunsCommand.self,
                ]),
            CommandGroup(
                name: "Single tests and servers",
                subcommands: [BtestClientCommand.self, RMBTClientCommand.self, ServeCommand.self, UserCommand.self]),
            CommandGroup(name: "Getting started", subcommands: [DemoCommand.self]),
        ])

    /// A link with the name `btest` takes btest-rs's command line.
    static func main() async {
        StandardStreams.prepare()
        let program = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent }
        let arguments = Array(CommandLine.arguments.dropFirst())
        if program == BtestProgram.name {
            await BtestProgram.run(arguments)
        } else {
            await run(arguments)
        }
    }

    /// Runs a command line; ends the process with its exit code where that is not 0.
    static func run(_ arguments: [String]) async {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            if Terminal.hasOutputFailed { throw ExitStatus.outputFailed.code }
        } catch {
            // `-phunter2` has an `h` in it, which reads as a request for help.
            let wantsHelp = !Set(arguments).isDisjoint(with: ["-h", "--help", "--version", "help"])
            let isMisunderstood =
                exitCode(for: error) == .validationFailure || (exitCode(for: error) == .success && !wantsHelp)
            guard isMisunderstood, !(error is ExitCode) else { exit(withError: error) }
            let remedy = BtestRemedy.text(for: arguments)
            guard exitCode(for: error) == .validationFailure || remedy != nil else { exit(withError: error) }
            Terminal.note(PasswordMask.masked(remedy ?? fullMessage(for: error), arguments: arguments))
            Foundation.exit(ExitCode.validationFailure.rawValue)
        }
    }
}
