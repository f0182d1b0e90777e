/// Where a server looks users up: what it says may change while the server runs, and holds from the next login on.
public protocol BtestAccountDirectory: Sendable {
    /// The account of this exact name; nil when there is none.
    ///
    /// Called on the threads that carry handshakes, once or twice for each login: it must answer from memory.
    func account(named name: String) -> BtestAccount?
}

/// A directory that never changes.
struct FixedAccounts: BtestAccountDirectory {
    let accounts: [String: BtestAccount]

    func account(named name: String) -> BtestAccount? { accounts[name] }
}
