import ArgumentParser

/// `probe serve`: the servers at the other end of the wire.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a btest server, an RMBT server or an RMBT Control Server.",
        subcommands: [ServeBtestCommand.self, ServeRMBTCommand.self, ServeControlCommand.self])
}
