import ArgumentParser

/// `probe user`: who may test at the btest server, and how much.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Accounts and quotas of the btest server.",
        discussion: """
            A server that runs with `serve btest --users-db FILE` follows within a second. The file holds EC-SRP5 verifiers, \
            from which no password can be had.

              probe user add alice --users-db users.db --password-file secret --quota day=10G
              probe user set alice --users-db users.db --disabled
              probe user list --users-db users.db
            """,
        subcommands: [
            UserAddCommand.self, UserSetCommand.self, UserRemoveCommand.self, UserListCommand.self,
            UserRefusalsCommand.self,
        ])
}
