/// What a test counted in one direction.
public struct MeasuredTransfer: Sendable, Equatable {
    /// For each connection its tuples, with a common start.
    public let connections: [[TransferTuple]]
    /// All bytes, from the first to the last.
    public let bytes: Int64

    /// How long the bytes took where that is longer than what the rate was taken from; else nil.
    public var span: Int64?
    /// How many connections or ports carried the bytes, where the tuples tell of all of them together; else nil.
    public var carriers: Int?
    /// What became of UDP's datagrams; nil for TCP, and where nobody told.
    public var packets: PacketCount?
    /// Whether reordering and duplicates were seen by this side; a sender only hears what arrived in all.
    public var seesOrder = false

    public init(connections: [[TransferTuple]], bytes: Int64, packets: PacketCount? = nil, seesOrder: Bool = false) {
        self.connections = connections
        self.bytes = bytes
        self.packets = packets
        self.seesOrder = seesOrder
    }

    /// nil when nothing could be placed in time.
    public var rate: InterpolatedRate? { InterpolatedRate(connections: connections) }
    /// In how many nanoseconds the bytes were carried; nil when nothing could be placed in time.
    public var nanoseconds: Int64? { span ?? rate?.nanoseconds }
    /// How many connections, or ports of UDP, carried them.
    public var flows: Int { carriers ?? connections.count }
}
