import ArgumentParser

/// `probe serve`: the servers at the other end of the wire.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a btest or an RMBT server.",
        subcommands: [ServeBtestCommand.self, ServeRMBTCommand.self])
}
