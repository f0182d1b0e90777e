/// What one loop carried over one connection.
public struct StreamCount: Sendable, Equatable {
    public var tuples: [TransferTuple]
    /// All bytes, also those outside the tuples.
    public var bytes: Int64
    public var end: TransferEnd
    /// When the loop ended, in nanoseconds since the tuples' start: data may have stopped long before.
    public var endedAt: Int64

    public init(tuples: [TransferTuple], bytes: Int64, end: TransferEnd, endedAt: Int64) {
        self.tuples = tuples
        self.bytes = bytes
        self.end = end
        self.endedAt = endedAt
    }
}

extension StreamCount {
    /// Adds bytes of the stream that were read before the count began.
    public mutating func add(surplus: Int) {
        guard surplus > 0 else { return }
        bytes += Int64(surplus)
        tuples =
            [TransferTuple(nanoseconds: 0, bytes: Int64(surplus))]
            + tuples.map { TransferTuple(nanoseconds: $0.nanoseconds, bytes: $0.bytes + Int64(surplus)) }
    }
}
