import Foundation
import Transfer

/// What a client measured and a Control Server found to be possible.
public struct ControlResult: Sendable, Equatable {
    /// One direction.
    public struct Direction: Sendable, Equatable {
        /// bit/s, above 0.
        public let bitsPerSecond: Double
        /// All bytes that it carried.
        public let bytes: Int64
        /// The nanoseconds that the rate covers.
        public let nanoseconds: Int64
        /// At least 1.
        public let connections: Int
        /// Of each connection in the order of time; empty where the client sent none.
        public let tuples: [[TransferTuple]]

        public init(
            bitsPerSecond: Double, bytes: Int64, nanoseconds: Int64, connections: Int, tuples: [[TransferTuple]] = []
        ) {
            self.bitsPerSecond = bitsPerSecond
            self.bytes = bytes
            self.nanoseconds = nanoseconds
            self.connections = connections
            self.tuples = tuples
        }
    }

    /// The open test uuid: one result each.
    public var id: UUID
    /// The uuid under which the client finds its results; a secret between it and the Control Server.
    public var client: UUID?
    /// The name of the RMBT server; nil where it is not known any more.
    public var server: String?
    /// `RMBT`, `RMBTws` …: letters, digits, `.`, `_` and `-`, at most 32 of them.
    public var clientName: String?
    public var startedAt: Date
    public var duration: Duration
    /// The client ended the test early.
    public var wasInterrupted: Bool
    public var download: Direction?
    public var upload: Direction?
    /// The round trips by the server's clock, in nanoseconds.
    public var pings: [Int64]
    /// The tuples say another rate than the client, by more than a tenth.
    public var rateDiffers: Bool
    /// No RMBT server counted what the client claims, as far as the Control Server was told.
    public var isUnconfirmed = false

    public init(
        id: UUID, client: UUID? = nil, server: String? = nil, clientName: String? = nil, startedAt: Date,
        duration: Duration, wasInterrupted: Bool = false, download: Direction? = nil, upload: Direction? = nil,
        pings: [Int64] = [], rateDiffers: Bool = false
    ) {
        self.id = id
        self.client = client
        self.server = server
        self.clientName = clientName
        self.startedAt = startedAt
        self.duration = duration
        self.wasInterrupted = wasInterrupted
        self.download = download
        self.upload = upload
        self.pings = pings
        self.rateDiffers = rateDiffers
    }
}
