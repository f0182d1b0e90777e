import Accounts
import ArgumentParser

/// `probe user remove`: an account less.
struct UserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a user.",
        discussion:
            "What the user moved stays counted: an account that is added again continues with the quotas it had.")

    @Argument(help: "User name.")
    var name: String

    @OptionGroup var database: UsersDatabaseOptions

    @Option(help: ArgumentHelp("Remove the password from this file too.", valueName: "file"))
    var md5Secrets: String?

    func run() async throws {
        // The password itself goes first: an account without one is fixed more easily than the other way round.
        var hadPassword = false
        if let md5Secrets {
            do {
                hadPassword = try Md5SecretsFile(path: md5Secrets).remove(user: name)
            } catch {
                throw CommandFailure(.configuration, error.description).reported()
            }
        }
        do {
            try await database.open(.readWrite).remove(name)
        } catch let error as AccountStoreError {
            if error == .unknownUser(name), hadPassword { return }
            throw AccountFailure.failure(error)
        }
    }
}
