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

extension DatagramCount {
    /// What the flows that share a socket carried together.
    ///
    /// - Returns: nil for no flow at all.
    public static func sum(of counts: [DatagramCount]) -> DatagramCount? {
        guard let first = counts.first else { return nil }
        var sum = DatagramCount(end: first.end, endedAt: counts.map(\.endedAt).max() ?? first.endedAt)
        sum.bytes = counts.reduce(0) { $0 + $1.bytes }
        sum.packets = counts.reduce(PacketCount()) { $0 + $1.packets }
        let carrying = counts.filter { !$0.tuples.isEmpty }
        if let only = carrying.first, carrying.count == 1 {
            sum.tuples = only.tuples
            return sum
        }
        var latest = [Int64](repeating: 0, count: carrying.count)
        var total: Int64 = 0
        let moments = carrying.enumerated().flatMap { flow, count in count.tuples.map { (flow: flow, tuple: $0) } }
        for (flow, tuple) in moments.sorted(by: { $0.tuple.nanoseconds < $1.tuple.nanoseconds }) {
            total += tuple.bytes - latest[flow]
            latest[flow] = tuple.bytes
            sum.tuples.append(TransferTuple(nanoseconds: tuple.nanoseconds, bytes: total))
        }
        return sum
    }
}
