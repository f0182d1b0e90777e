import Accounts
import ArgumentParser
import Reports

/// `probe user refusals`: whom the server turned away, and why.
struct UserRefusalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refusals", abstract: "List the tests that the server refused, the newest first.")

    @Option(help: ArgumentHelp("Show at most n refusals, up to \(AccountStore.mostRefusals).", valueName: "n"))
    var limit = 100

    @OptionGroup var database: UsersDatabaseOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...AccountStore.mostRefusals).contains(limit) else {
            throw ValidationError("--limit takes 1 to \(AccountStore.mostRefusals).")
        }
    }

    func run() async throws {
        do {
            let refusals = try await database.open(.readOnly).refusals(limit: limit)
            Terminal.output(RefusalListing(refusals: refusals).text(output.format))
        } catch let error as AccountStoreError {
            throw AccountFailure.failure(error)
        }
    }
}
