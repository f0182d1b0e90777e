/// What one loop carried over one connection.
public struct StreamCount: Sendable, Equatable {
    public var tuples: [TransferTuple]
    /// All bytes, also those outside the tuples.
    public var bytes: Int64
    public var end: TransferEnd

    public init(tuples: [TransferTuple], bytes: Int64, end: TransferEnd) {
        self.tuples = tuples
        self.bytes = bytes
        self.end = end
    }
}
