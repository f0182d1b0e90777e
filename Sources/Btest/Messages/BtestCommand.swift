/// The client's request for a test, 16 bytes (docs/protocols/btest.md, Command).
public struct BtestCommand: Sendable, Equatable {
    public enum TransportProtocol: UInt8, Sendable {
        case udp = 0
        case tcp = 1
    }

    /// Which way data flows, as the *client* sees it; the wire carries the server's view of it.
    public enum Direction: UInt8, Sendable, CaseIterable {
        /// The server receives.
        case upload = 1
        /// The server transmits.
        case download = 2
        case both = 3

        public var includesUpload: Bool { self != .download }
        public var includesDownload: Bool { self != .upload }
    }

    /// Why a server cannot serve a command.
    public enum Invalid: Error, Sendable, Equatable {
        case length(Int)
        case unknownProtocol(UInt8)
        case unknownDirection(UInt8)
        /// A size that no packet can have: 0, or for UDP too small for the headers and a sequence number.
        case transmitSize(UInt16)
    }

    public static let length = 16
    /// RouterOS's default for TCP.
    public static let defaultTCPSize: UInt16 = 32_768
    /// RouterOS's default for UDP, headers counted.
    public static let defaultUDPSize: UInt16 = 1500

    public var transport: TransportProtocol
    public var direction: Direction
    public var randomData: Bool
    /// 0 stands for one connection without a session token; RouterOS asks for 20 by default.
    public var connectionCount: UInt8
    /// tx-size in bytes.
    public var transmitSize: UInt16
    /// 0 leaves it to the other side.
    public var bufferSize: UInt16
    /// Limit for what the server sends, bit/s; 0 is unlimited.
    public var remoteTransmitSpeed: UInt32
    /// Limit for what the client sends, bit/s; 0 is unlimited.
    public var localTransmitSpeed: UInt32

    public init(
        transport: TransportProtocol, direction: Direction, randomData: Bool = false, connectionCount: UInt8 = 0,
        transmitSize: UInt16? = nil, bufferSize: UInt16 = 0, remoteTransmitSpeed: UInt32 = 0,
        localTransmitSpeed: UInt32 = 0
    ) {
        self.transport = transport
        self.direction = direction
        self.randomData = randomData
        self.connectionCount = connectionCount
        self.transmitSize = transmitSize ?? (transport == .tcp ? Self.defaultTCPSize : Self.defaultUDPSize)
        self.bufferSize = bufferSize
        self.remoteTransmitSpeed = remoteTransmitSpeed
        self.localTransmitSpeed = localTransmitSpeed
    }

    /// Reads a command as a server must: what cannot be served is refused before it costs anything.
    public init(decoding bytes: some Collection<UInt8>) throws(Invalid) {
        let wire = Array(bytes)
        guard wire.count == Self.length else { throw .length(wire.count) }
        guard let transport = TransportProtocol(rawValue: wire[0]) else { throw .unknownProtocol(wire[0]) }
        guard let direction = Direction(rawValue: wire[1]) else { throw .unknownDirection(wire[1]) }
        self.transport = transport
        self.direction = direction
        randomData = wire[2] == 0
        connectionCount = wire[3]
        transmitSize = LittleEndian.uint16(wire[4], wire[5])
        bufferSize = LittleEndian.uint16(wire[6], wire[7])
        remoteTransmitSpeed = LittleEndian.uint32(wire[8...11])
        localTransmitSpeed = LittleEndian.uint32(wire[12...15])
        guard transmitSize >= (transport == .udp ? 4 : 1) else { throw .transmitSize(transmitSize) }
    }

    /// The 16 bytes on the wire.
    public var encoded: [UInt8] {
        [transport.rawValue, direction.rawValue, randomData ? 0 : 1, connectionCount]
            + LittleEndian.bytes(transmitSize) + LittleEndian.bytes(bufferSize)
            + LittleEndian.bytes(remoteTransmitSpeed) + LittleEndian.bytes(localTransmitSpeed)
    }
}

extension BtestCommand.Invalid: CustomStringConvertible {
    public var description: String {
        switch self {
        case .length(let count): "a command of \(count) bytes instead of 16"
        case .unknownProtocol(let value): "protocol \(value), which is neither UDP (0) nor TCP (1)"
        case .unknownDirection(let value): "direction \(value), which is not 1, 2 or 3"
        case .transmitSize(let size): "tx-size \(size), which no packet can have"
        }
    }
}
