/// How often each address may ask: so many times a minute, saved up for at most a minute.
///
/// The table is bounded: where it is full, those are forgotten that asked longest ago, which have most of their allowance back.
struct AddressAllowance {
    private struct Account {
        var left: Double
        /// When ``left`` was counted, in nanoseconds.
        var counted: Int64
    }

    private let perMinute: Double
    private let mostAddresses: Int
    private var accounts: [String: Account] = [:]

    /// - Parameter perMinute: at least 1.
    init(perMinute: Int, mostAddresses: Int = 65_536) {
        self.perMinute = Double(max(perMinute, 1))
        self.mostAddresses = max(mostAddresses, 1)
    }

    var count: Int { accounts.count }

    /// Takes one request off an address's allowance.
    ///
    /// - Parameter now: an instant in nanoseconds, of a clock that never jumps.
    /// - Returns: nil where it may ask, else the seconds after which it may.
    mutating func use(by address: String, at now: Int64) -> Int64? {
        if accounts[address] == nil, accounts.count >= mostAddresses { makeRoom(at: now) }
        var account = accounts[address] ?? Account(left: perMinute, counted: now)
        let seconds = Double(max(now - account.counted, 0)) * 1e-9
        account.left = min(account.left + seconds * perMinute / 60, perMinute)
        account.counted = now
        defer { accounts[address] = account }
        guard account.left >= 1 else { return max(Int64(((1 - account.left) * 60 / perMinute).rounded(.up)), 1) }
        account.left -= 1
        return nil
    }

    private mutating func makeRoom(at now: Int64) {
        accounts = accounts.filter { now - $0.value.counted < 60_000_000_000 }
        guard accounts.count >= mostAddresses else { return }
        let oldest = accounts.sorted { $0.value.counted < $1.value.counted }
        for entry in oldest.prefix(accounts.count - mostAddresses + mostAddresses / 8 + 1) { accounts[entry.key] = nil }
    }
}
