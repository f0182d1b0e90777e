import Accounts
import ArgumentParser
import FleetModel
import Foundation

/// `probe user set`: changes of an account.
struct UserSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a user: password, enabled or not, quotas, addresses, limits.",
        discussion:
            "Whatever is not named stays as it is. The password changes only with one of the three options about it.")

    @Argument(help: "User name.")
    var name: String

    @OptionGroup var database: UsersDatabaseOptions

    @Flag(help: "Take a new password from $PROBE_PASSWORD or a prompt.")
    var newPassword = false

    @OptionGroup var password: PasswordOptions
    @OptionGroup var terms: UserTermsOptions

    @Flag(help: "Allow every address again.")
    var allowAnywhere = false

    @OptionGroup var md5: Md5SecretsOptions

    private var changesPassword: Bool {
        newPassword || password.passwordFile != nil || password.passwordStdin
    }

    func validate() throws {
        if allowAnywhere, !terms.allow.isEmpty {
            throw ValidationError("--allow and --allow-anywhere cannot be used together.")
        }
        if md5.md5Secrets != nil, !changesPassword {
            throw ValidationError(
                "--md5-secrets needs the password: give --password-file, --password-stdin or --new-password.")
        }
        guard changesPassword || allowAnywhere || !terms.isEmpty else {
            throw ValidationError("Nothing to change: name what to change (see `probe user set --help`).")
        }
    }

    func run() async throws {
        let store = try database.open(.readWrite)
        let password = changesPassword ? try await password.newPassword() : nil
        let (terms, allowAnywhere) = (terms, allowAnywhere)
        do {
            try await store.set(name, password: password?.revealed { $0 }, at: Date()) {
                terms.apply(to: &$0)
                if allowAnywhere { $0.allowedNetworks = [] }
            }
        } catch {
            throw AccountFailure.failure(error)
        }
        try? store.close()
        if let password { try md5.keep(password, of: name) }
    }
}
