/// What became of the numbered datagrams of one or several flows.
public struct PacketCount: Sendable, Equatable {
    /// Each number once, however often it came.
    public var received: Int64 = 0
    /// Never came.
    public var lost: Int64 = 0
    /// Came after one with a higher number; not lost.
    public var reordered: Int64 = 0
    /// Came again.
    public var duplicates: Int64 = 0

    public init(received: Int64 = 0, lost: Int64 = 0, reordered: Int64 = 0, duplicates: Int64 = 0) {
        self.received = received
        self.lost = lost
        self.reordered = reordered
        self.duplicates = duplicates
    }

    public static func + (left: PacketCount, right: PacketCount) -> PacketCount {
        PacketCount(
            received: left.received + right.received, lost: left.lost + right.lost,
            reordered: left.reordered + right.reordered, duplicates: left.duplicates + right.duplicates)
    }
}
