/// One direction of a throughput test.
public struct TransferResult: Sendable, Equatable, Codable {
    /// How much a connection had carried at an instant.
    public struct Sample: Sendable, Equatable, Codable {
        /// From 0.
        public let connection: Int
        /// Nanoseconds since the direction's common start.
        public let nanoseconds: Int64
        /// Bytes since that start.
        public let bytes: Int64

        public init(connection: Int, nanoseconds: Int64, bytes: Int64) {
            self.connection = connection
            self.nanoseconds = nanoseconds
            self.bytes = bytes
        }
    }

    /// bit/s by the interpolation of the RMBT specification (4.4): bytes of all connections until t*, divided by t*.
    public var bitsPerSecond: Double
    /// All bytes that the direction carried, also those after t*.
    public var bytes: Int64
    /// The measured seconds that the rate covers (t*), never the nominal ones; of an upload over UDP, whose rate
    /// begins with the server's first status, those in which its bytes were carried.
    public var duration: Duration
    public var connections: Int
    /// Datagrams that never came, came late or came twice; nil for TCP.
    public var lostPackets: Int64?
    public var reorderedPackets: Int64?
    public var duplicatePackets: Int64?
    /// What the test itself kept the rate below: a direction that is capped below its plan cannot show the plan.
    public var cap: RateCap
    /// Thinned so that the rate can be recomputed from them to 0.1 %.
    public var samples: [Sample]

    public init(
        bitsPerSecond: Double, bytes: Int64, duration: Duration, connections: Int, lostPackets: Int64? = nil,
        reorderedPackets: Int64? = nil, duplicatePackets: Int64? = nil, samples: [Sample] = [], cap: RateCap = .unknown
    ) {
        self.bitsPerSecond = bitsPerSecond
        self.bytes = bytes
        self.duration = duration
        self.connections = connections
        self.lostPackets = lostPackets
        self.reorderedPackets = reorderedPackets
        self.duplicatePackets = duplicatePackets
        self.samples = samples
        self.cap = cap
    }
}
