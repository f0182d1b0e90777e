/// The rate of a direction over all its connections, by the RMBT specification's formula (4.4 and 4.6).
///
/// Connections end at different instants. t* is the earliest of their last tuples; every connection counts with the
/// bytes that it had carried at t*, interpolated between the two tuples around it. So no second is counted in which
/// only some of the connections still worked.
public struct InterpolatedRate: Sendable, Equatable {
    /// t* in nanoseconds; above 0.
    public let nanoseconds: Int64
    /// Bytes of all connections from 0 to t*, interpolated.
    public let bytes: Double

    public var bitsPerSecond: Double { bytes * 8 / (Double(nanoseconds) * 1e-9) }

    /// Computes the rate.
    ///
    /// - Parameter connections: for each connection its tuples, in the order of time. A connection without tuples
    ///   carried nothing that can be placed in time; it makes the rate unknown rather than smaller.
    /// - Returns: nil when there is no connection, one has no tuple, or t* is not after 0.
    public init?(connections: [[TransferTuple]]) {
        guard !connections.isEmpty else { return nil }
        var earliestEnd = Int64.max
        for tuples in connections {
            guard let last = tuples.last else { return nil }
            earliestEnd = Swift.min(earliestEnd, last.nanoseconds)
        }
        guard earliestEnd > 0 else { return nil }
        var total = 0.0
        for tuples in connections {
            total += Self.bytes(at: earliestEnd, in: tuples)
        }
        nanoseconds = earliestEnd
        bytes = total
    }

    /// b_k: what a connection had carried at `instant`, which is not after its last tuple.
    private static func bytes(at instant: Int64, in tuples: [TransferTuple]) -> Double {
        // l_k, the first tuple at t* or right after it, by bisection.
        var low = 0
        var high = tuples.count - 1
        while low < high {
            let middle = (low + high) / 2
            if tuples[middle].nanoseconds >= instant { high = middle } else { low = middle + 1 }
        }
        let after = tuples[low]
        let before = low > 0 ? tuples[low - 1] : TransferTuple(nanoseconds: 0, bytes: 0)
        let span = Double(after.nanoseconds) - Double(before.nanoseconds)
        guard span > 0 else { return Double(after.bytes) }
        let share = (Double(instant) - Double(before.nanoseconds)) / span
        return Double(before.bytes) + share * (Double(after.bytes) - Double(before.bytes))
    }
}
