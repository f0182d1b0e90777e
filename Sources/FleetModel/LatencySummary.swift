/// What a series of round trips says, all in seconds.
public struct LatencySummary: Sendable, Equatable {
    /// How the round trips were taken.
    public enum Method: String, Sendable, CaseIterable {
        case icmp
        case tcpConnect = "tcp-connect"
        /// RMBT's PING, by the server's clock.
        case rmbt
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

    public init(method: Method, median: Double, min: Double, max: Double, p95: Double, count: Int, lossRatio: Double) {
        self.method = method
        self.median = median
        self.min = min
        self.max = max
        self.p95 = p95
        self.count = count
        self.lossRatio = lossRatio
    }

    /// Sums up answered round trips.
    ///
    /// - Parameters:
    ///   - roundTrips: seconds, in any order.
    ///   - sent: how many were sent, answered or not.
    /// - Returns: nil when none was answered: there is nothing to take a median of.
    public init?(method: Method, roundTrips: [Double], sent: Int) {
        let sorted = roundTrips.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        self.init(
            method: method, median: Quantiles.median(ofSorted: sorted) ?? first, min: first, max: last,
            p95: Quantiles.nearestRank(0.95, ofSorted: sorted) ?? last, count: sorted.count,
            lossRatio: sent > sorted.count ? Double(sent - sorted.count) / Double(sent) : 0)
    }
}
