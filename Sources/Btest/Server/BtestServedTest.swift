import Foundation
import Sockets

/// One test that a server admitted.
public struct BtestServedTest: Sendable, Equatable {
    /// From 1, in the order of admission since the server began.
    public let number: Int
    public let startedAt: Date
    /// The client's address, without its port.
    public let peer: String
    /// The port of its control connection, 1 … 65535; nil where it is not known.
    public let peerPort: Int?
    /// nil where nobody logs in.
    public let userName: String?
    public let transport: BtestCommand.TransportProtocol
    /// As the client sees it: an upload is what the server receives.
    public let direction: BtestCommand.Direction
    /// How many the client asked for; 1 at least.
    public let connections: Int

    public init(
        number: Int, startedAt: Date, peer: String, peerPort: Int? = nil, userName: String?,
        transport: BtestCommand.TransportProtocol,
        direction: BtestCommand.Direction, connections: Int
    ) {
        self.number = number
        self.startedAt = startedAt
        self.peer = peer
        self.peerPort = peerPort
        self.userName = userName
        self.transport = transport
        self.direction = direction
        self.connections = connections
    }
}

/// How a test at a server ended, and what it moved.
public struct BtestServedTestResult: Sendable, Equatable {
    /// What ended it.
    public enum Reason: Sendable, Equatable {
        /// The client ended it, as it should.
        case clientLeft
        /// The server's longest duration was over.
        case maxDuration
        /// A quota was used up; the sentence says whose and which.
        case quota(String)
        /// For so many seconds not one byte could be sent or received.
        case stalled(seconds: Double)
        /// The server was stopped.
        case serverStopped
        /// The client broke the protocol.
        case violation(String)
        /// The system's own words.
        case failed(String)
    }

    public var reason: Reason
    /// From the first byte that flowed or could flow to the test's end.
    public var seconds: Double
    /// From the first byte that flowed or could flow to the last one that the client uploaded, which may have stayed for a last status; to the
    /// test's end where it stayed longer; nil where none came.
    public var secondsReceiving: Double?
    /// From when all connections had come, before which nothing is sent, to the test's end; nil where it is as long as the test.
    public var secondsSending: Double?
    /// What the client uploaded, over all connections.
    public var bytesReceived: Int64
    /// What the client downloaded, over all connections, as far as it was handed to the kernel.
    public var bytesSent: Int64
    /// How many came.
    public var connections: Int
    /// The server's mean CPU load over the test, 0 … 1; nil when unknown.
    public var cpuRatio: Double?
    /// UDP datagrams of the client that never arrived; nil for TCP.
    public var lostPackets: Int64?

    public init(
        reason: Reason, seconds: Double, bytesReceived: Int64, bytesSent: Int64, connections: Int,
        cpuRatio: Double? = nil, lostPackets: Int64? = nil, secondsReceiving: Double? = nil,
        secondsSending: Double? = nil
    ) {
        self.reason = reason
        self.seconds = seconds
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.connections = connections
        self.cpuRatio = cpuRatio
        self.lostPackets = lostPackets
        self.secondsReceiving = secondsReceiving
        self.secondsSending = secondsSending
    }
}

extension BtestServedTestResult.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .clientLeft: "the client ended it"
        case .maxDuration: "the longest duration of a test was over"
        case .quota(let sentence): sentence
        case .stalled(let seconds): "nothing could be sent or received for \(seconds.formattedSeconds)"
        case .serverStopped: "the server was stopped"
        case .violation(let detail): "the client sent \(detail)"
        case .failed(let detail): detail
        }
    }
}
