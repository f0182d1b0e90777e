/// What one loop carried in one flow of datagrams.
public struct DatagramCount: Sendable, Equatable {
    public var tuples: [TransferTuple] = []
    /// Headers counted, duplicates not.
    public var bytes: Int64 = 0
    /// What arrived, was lost and so on; of a sender, how many it sent is under `received`.
    public var packets = PacketCount()
    public var end: TransferEnd
    /// When the loop ended, in nanoseconds since the tuples' start.
    public var endedAt: Int64

    public init(end: TransferEnd, endedAt: Int64) {
        self.end = end
        self.endedAt = endedAt
    }
}
