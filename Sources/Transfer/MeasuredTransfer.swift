/// What a test counted in one direction.
public struct MeasuredTransfer: Sendable, Equatable {
    /// For each connection its tuples, with a common start.
    public let connections: [[TransferTuple]]
    /// All bytes, from the first to the last.
    public let bytes: Int64

    public init(connections: [[TransferTuple]], bytes: Int64) {
        self.connections = connections
        self.bytes = bytes
    }

    /// nil when nothing could be placed in time.
    public var rate: InterpolatedRate? { InterpolatedRate(connections: connections) }
}
