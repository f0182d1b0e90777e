/// Drops samples that neither the rate nor a picture of the test needs.
///
/// The rate of the RMBT specification (4.4) hangs on few samples: the last of each connection, the earliest of which is
/// t*, and the two of each connection around t*. They stay, so the rate recomputed from the rest is the same; between
/// them stay as many as a curve needs, evenly over time.
public enum SampleThinning {
    /// The most samples that stay of one connection.
    public static let defaultLimit = 500

    /// First, last, and the two around t*.
    private static let indispensable = 4

    /// The samples worth keeping.
    ///
    /// - Parameters:
    ///   - samples: of any number of connections, in any order.
    ///   - limit: the most for each connection; less than 4 counts as 4.
    /// - Returns: by connection, then by time.
    public static func thin(
        _ samples: [TransferResult.Sample], limit: Int = defaultLimit
    ) -> [TransferResult.Sample] {
        let connections = Dictionary(grouping: samples, by: \.connection)
            .mapValues { $0.sorted { ($0.nanoseconds, $0.bytes) < ($1.nanoseconds, $1.bytes) } }
            .sorted { $0.key < $1.key }
            .map(\.value)
        guard let end = connections.compactMap(\.last).map(\.nanoseconds).min() else { return [] }
        return connections.flatMap { thin($0, end: end, limit: max(limit, indispensable)) }
    }

    /// - Parameters:
    ///   - samples: of one connection, by time.
    ///   - end: t*, not after the last of them.
    private static func thin(
        _ samples: [TransferResult.Sample], end: Int64, limit: Int
    ) -> [TransferResult.Sample] {
        guard samples.count > limit, let first = samples.first, let last = samples.last else { return samples }
        let atEnd = samples.firstIndex { $0.nanoseconds >= end } ?? samples.count - 1
        var kept: Set<Int> = [0, max(atEnd - 1, 0), atEnd, samples.count - 1]

        // One sample for each of as many equal spans of time as there is room for.
        let spans = Double(limit - indispensable)
        let length = Double(last.nanoseconds) - Double(first.nanoseconds)
        if spans >= 1, length > 0 {
            var next = 1.0
            for (index, sample) in samples.enumerated() {
                let position = (Double(sample.nanoseconds) - Double(first.nanoseconds)) / length * spans
                guard position >= next else { continue }
                kept.insert(index)
                next = position.rounded(.down) + 1
            }
        }
        return kept.sorted().map { samples[$0] }
    }
}
