import Accounts
import ArgumentParser
import FleetModel
import Foundation

/// `probe user add`: a new account.
struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a user; the first one makes the accounts database.")

    @Argument(help: "User name, up to 32 bytes.")
    var name: String

    @OptionGroup var database: UsersDatabaseOptions
    @OptionGroup var password: PasswordOptions
    @OptionGroup var terms: UserTermsOptions
    @OptionGroup var md5: Md5SecretsOptions

    func validate() throws {
        if let problem = AccountName.problem(name) { throw ValidationError(problem) }
    }

    func run() async throws {
        let password = try await password.newPassword()
        let store = try database.open(.create)
        var terms = AccountTerms()
        self.terms.apply(to: &terms)
        do {
            try await store.add(name, password: password.revealed { $0 }, terms: terms, at: Date())
        } catch {
            throw AccountFailure.failure(error)
        }
        // One whole file is left, which can be copied as it is.
        try? store.close()
        try md5.keep(password, of: name)
    }
}
