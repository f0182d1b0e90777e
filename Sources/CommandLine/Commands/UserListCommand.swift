import Accounts
import ArgumentParser
import Foundation
import ServerLimits

/// `probe user list`: the accounts, their limits and what they used.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List users with their limits and what they moved today and this month.")

    @Argument(help: "These users only.")
    var names: [String] = []

    @OptionGroup var database: UsersDatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let store = try database.open(.readOnly)
        let today = DailyUsage.day(of: Date())
        do {
            let accounts = try await store.accounts()
            if let unknown = names.first(where: { name in !accounts.contains { $0.name == name } }) {
                throw AccountStoreError.unknownUser(unknown)
            }
            let listing = UserListing(
                accounts: accounts.filter { names.isEmpty || names.contains($0.name) },
                usage: try await store.usage(since: today - QuotaPeriod.longest), today: today)
            Terminal.output(listing.text(output.format))
        } catch let error as AccountStoreError {
            throw AccountFailure.failure(error)
        }
    }
}
