import ArgumentParser

/// The root of the command line.
@main
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Measures what the links of a fleet of MikroTik routers and RMBT servers really carry.",
        discussion: """
            Begin with `probe demo`: it runs servers, the agent, the store and a report on this machine, in about a minute, and \
            leaves a fleet file to edit. Then `probe check`, `probe plan` and `probe agent`. When a customer is on the phone: \
            `probe now ROUTER`.

            Results go to standard output, progress and logs to standard error. Exit codes: 0 ok, 1 a test failed, 64 usage, \
            65 bad data, 69 unreachable, 75 busy (try again), 77 authentication, 78 configuration.
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
}
