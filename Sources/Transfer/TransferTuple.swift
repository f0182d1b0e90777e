/// How much one connection had carried at an instant: the pair (t, b) of the RMBT specification, 4.4.
public struct TransferTuple: Sendable, Equatable {
    /// Nanoseconds since the common start of all connections of a direction.
    public let nanoseconds: Int64
    /// Bytes carried since that start.
    public let bytes: Int64

    public init(nanoseconds: Int64, bytes: Int64) {
        self.nanoseconds = nanoseconds
        self.bytes = bytes
    }
}
