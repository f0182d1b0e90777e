import Accounts
import Btest

/// The accounts of a users database, as the btest server asks for them.
struct UserDirectory: BtestAccountDirectory {
    let accounts: LiveAccounts

    func account(named name: String) -> BtestAccount? {
        guard let entry = accounts[name] else { return nil }
        return BtestAccount(
            verifier: entry.verifier, md5Password: entry.md5Password, isEnabled: entry.terms.isEnabled,
            allowedNetworks: entry.terms.allowedNetworks, quotas: entry.terms.quotas,
            maxBitsPerSecond: entry.terms.maxBitsPerSecond, maxSessions: entry.terms.maxSessions)
    }
}
