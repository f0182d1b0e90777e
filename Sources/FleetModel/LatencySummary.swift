/// What a series of round trips says, all in seconds.
public struct LatencySummary: Sendable, Equatable {
    /// How the round trips were taken.
    public enum Method: String, Sendable, CaseIterable {
        case icmp
        case tcpConnect = "tcp-connect"
        /// RMBT's PING, by the server's clock.
        case rmbt
        /// The UDP ping service beside an RMBT server.
        case rmbtUDP = "rmbt-udp"
    }

    public let method: Method
    public let median: Double
    public let min: Double
    public let max: Double
    /// Nearest-rank 95th percentile.
    public let p95: Double
    /// Round trips that were answered; at least 1.
    public let count: Int
    /// Unanswered ones over all sent, 0 … 1.
    public let lossRatio: Double
    /// How much a round trip differed from the one before it, on average; nil for fewer than two.
    public let jitter: Double?
    /// RMBT: the median by this side's clock, beside that of the server's, which is the result; nil elsewhere and in the store.
    public var clientMedian: Double?

    /// From the shortest round trip to the longest.
    public var spread: Double { max - min }

    public init(
        method: Method, median: Double, min: Double, max: Double, p95: Double, count: Int, lossRatio: Double,
        jitter: Double? = nil
    ) {
        self.method = method
        self.median = median
        self.min = min
        self.max = max
        self.p95 = p95
        self.count = count
        self.lossRatio = lossRatio
        self.jitter = jitter
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
            jitter: Self.jitter(of: roundTrips))
    }

    private static func jitter(of roundTrips: [Double]) -> Double? {
        guard roundTrips.count > 1 else { return nil }
        let steps = zip(roundTrips, roundTrips.dropFirst()).map { abs($1 - $0) }
        return steps.reduce(0, +) / Double(steps.count)
    }
}
