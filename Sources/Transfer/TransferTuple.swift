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

extension TransferTuple {
    /// Counts all connections from the first byte that any of them carried: time before it is waiting, not transfer,
    /// and that byte's own read ended before the count began.
    ///
    /// - Parameter connections: tuples of each connection, with a common start.
    public static func countedFromFirstByte(_ connections: [[TransferTuple]]) -> [[TransferTuple]] {
        let starts = connections.compactMap { $0.first { $0.bytes > 0 } }
        guard let start = starts.min(by: { $0.nanoseconds < $1.nanoseconds })?.nanoseconds else {
            return connections.map { _ in [] }
        }
        return connections.map { tuples in
            let before = tuples.last { $0.nanoseconds <= start }?.bytes ?? 0
            return tuples.filter { $0.nanoseconds > start }.map {
                TransferTuple(nanoseconds: $0.nanoseconds - start, bytes: $0.bytes - before)
            }
        }
    }
}
