/// Collects a connection's tuples while data flows, in bounded memory.
///
/// Tuples closer than a millisecond replace one another, so the latest is always kept. After ``limit`` tuples every
/// second one goes and the gap doubles: an hour's test costs no more than a minute's, and its curve stays even.
public struct TupleRecorder: Sendable {
    /// The most tuples kept unless a recorder is told otherwise: 16 bytes each.
    public static let limit = 16_384

    public private(set) var tuples: [TransferTuple] = []
    /// Whether anything is kept: a server's tests need no curve, and hundreds of them much memory for it.
    let isEnabled: Bool
    private var gap: Int64
    private let limit: Int

    /// - Parameters:
    ///   - gap: least distance between two kept tuples, in nanoseconds.
    ///   - limit: the most tuples kept, at least 4.
    ///   - isEnabled: false keeps nothing.
    public init(gap: Int64 = 1_000_000, limit: Int = Self.limit, isEnabled: Bool = true) {
        self.gap = gap
        self.limit = Swift.max(limit, 4)
        self.isEnabled = isEnabled
    }

    /// Notes that the connection had carried `bytes` at `nanoseconds`. An instant before the last one is lifted to it.
    public mutating func record(nanoseconds: Int64, bytes: Int64) {
        guard isEnabled else { return }
        guard let last = tuples.last else {
            tuples.append(TransferTuple(nanoseconds: nanoseconds, bytes: bytes))
            return
        }
        let tuple = TransferTuple(nanoseconds: Swift.max(nanoseconds, last.nanoseconds), bytes: bytes)
        // The last tuple may move until it stands a gap behind the one before it.
        if tuples.count > 1, last.nanoseconds - tuples[tuples.count - 2].nanoseconds < gap {
            tuples[tuples.count - 1] = tuple
            return
        }
        tuples.append(tuple)
        if tuples.count > limit { thin() }
    }

    private mutating func thin() {
        let lastIndex = tuples.count - 1
        tuples = tuples.indices.filter { $0.isMultiple(of: 2) || $0 == lastIndex }.map { tuples[$0] }
        gap *= 2
    }
}
