/// How many connections each token has served within its window.
///
/// Only tokens that one of the server's keys signed are noted, and each is forgotten when it is too late for it anyway: memory is
/// bounded by what the Control Servers hand out in two minutes. Time is Unix time in seconds.
struct RMBTTokenUses {
    private struct Uses {
        var count: Int
        let end: Int64
    }

    private static let sweepInterval: Int64 = 10

    private let most: Int
    private var uses: [String: Uses] = [:]
    private var nextSweep = Int64.min

    /// - Parameter most: connections of one token.
    init(most: Int) {
        self.most = most
    }

    /// Tokens that are remembered.
    var count: Int { uses.count }

    func isUsedUp(_ token: String) -> Bool {
        uses[token].map { $0.count >= most } ?? (most < 1)
    }

    /// One more connection of a token whose window now is.
    mutating func use(_ token: String, at now: Int64) {
        if now >= nextSweep {
            uses = uses.filter { $0.value.end > now }
            nextSweep = now + Self.sweepInterval
        }
        // A token that is good now cannot be good for longer, however early it came.
        let end = now + RMBTTokenVerifier.earliest + RMBTTokenVerifier.latest + 1
        uses[token, default: Uses(count: 0, end: end)].count += 1
    }
}
