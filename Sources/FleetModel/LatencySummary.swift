/// What a series of round trips says, all in seconds.
public struct LatencySummary: Sendable, Equatable, Codable {
    /// How the round trips were taken.
    public enum Method: String, Sendable, CaseIterable, Codable {
        case icmp
        case tcpConnect = "tcp-connect"
        /// RMBT's PING, by the server's clock.
        case rmbt
        /// The UDP ping service beside an RMBT server.
        case rmbtUDP = "rmbt-udp"
    }

    public let method: Method
    /// nil, as the three after it, where none was answered.
    public let median: Double?
    public let min: Double?
    public let max: Double?
    /// Nearest-rank 95th percentile.
    public let p95: Double?
    /// Round trips that were answered.
    public let count: Int
    /// Round trips that were sent, answered or not; at least ``count``.
    public let sent: Int
    /// Unanswered ones over all sent, 0 … 1.
    public let lossRatio: Double
    /// How much a round trip differed from the one before it, on average; nil for fewer than two.
    public let jitter: Double?
    /// RMBT: the median by this side's clock, beside that of the server's, which is the result; nil elsewhere and in the store.
    public var clientMedian: Double?

    /// From the shortest round trip to the longest.
    public var spread: Double? {
        guard let min, let max else { return nil }
        return max - min
    }

    /// - Parameter sent: nil where it is not known; it then follows from `count` and `lossRatio`.
    public init(
        method: Method, median: Double?, min: Double?, max: Double?, p95: Double?, count: Int, lossRatio: Double,
        jitter: Double? = nil, sent: Int? = nil
    ) {
        self.method = method
        self.median = median
        self.min = min
        self.max = max
        self.p95 = p95
        self.count = count
        self.lossRatio = lossRatio
        self.jitter = jitter
        self.sent = Swift.max(sent ?? Self.sent(count, lossRatio: lossRatio), count)
    }

    /// Round trips of which not one was answered: they have no median, and they count as lost over a period.
    ///
    /// - Parameter sent: 1 or more.
    public static func unanswered(_ method: Method, sent: Int) -> LatencySummary {
        LatencySummary(
            method: method, median: nil, min: nil, max: nil, p95: nil, count: 0, lossRatio: 1, sent: Swift.max(sent, 1))
    }

    /// Sums up answered round trips.
    ///
    /// - Parameters:
    ///   - roundTrips: seconds, in the order of the answers: jitter depends on it.
    ///   - sent: how many were sent, answered or not.
    /// - Returns: nil when none was answered: there is nothing to take a median of.
    public init?(method: Method, roundTrips: [Double], sent: Int) {
        let sorted = roundTrips.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        self.init(
            method: method, median: Quantiles.median(ofSorted: sorted) ?? first, min: first, max: last,
            p95: Quantiles.nearestRank(0.95, ofSorted: sorted) ?? last, count: sorted.count,
            lossRatio: sent > sorted.count ? Double(sent - sorted.count) / Double(sent) : 0,
            jitter: Self.jitter(of: roundTrips), sent: sent)
    }

    /// How many were sent, by how many were answered and which share was not.
    private static func sent(_ count: Int, lossRatio: Double) -> Int {
        guard lossRatio > 0, lossRatio < 1 else { return count }
        return Int(exactly: (Double(count) / (1 - lossRatio)).rounded()) ?? count
    }

    private static func jitter(of roundTrips: [Double]) -> Double? {
        guard roundTrips.count > 1 else { return nil }
        let steps = zip(roundTrips, roundTrips.dropFirst()).map { abs($1 - $0) }
        return steps.reduce(0, +) / Double(steps.count)
    }
}
