/// What a receiver tells the sender each second, 12 bytes (docs/protocols/btest.md, Status message).
public struct BtestStatus: Sendable, Equatable {
    public static let length = 12
    static let firstByte: UInt8 = 0x07

    /// CPU load of who sends the status, 0 … 100 %.
    public var cpuPercent: UInt8
    /// From 1, one higher each time.
    public var sequence: UInt32
    /// Bytes received since the status before; at 34 Gbit/s and above the field wraps.
    public var bytesReceived: UInt32

    public init(cpuPercent: UInt8, sequence: UInt32, bytesReceived: UInt32) {
        self.cpuPercent = min(cpuPercent, 100)
        self.sequence = sequence
        self.bytesReceived = bytesReceived
    }

    /// Reads a status.
    ///
    /// - Returns: nil unless these are 12 bytes that begin as a status does. A load above 100 % counts as 100 %.
    public init?(decoding bytes: some Collection<UInt8>) {
        let wire = Array(bytes)
        guard wire.count == Self.length, wire[0] == Self.firstByte, wire[1] >= 0x80 else { return nil }
        cpuPercent = min(wire[1] & 0x7F, 100)
        sequence = LittleEndian.uint32(wire[4...7])
        bytesReceived = LittleEndian.uint32(wire[8...11])
    }

    /// The 12 bytes on the wire.
    public var encoded: [UInt8] {
        [Self.firstByte, 0x80 | cpuPercent, 0, 0] + LittleEndian.bytes(sequence) + LittleEndian.bytes(bytesReceived)
    }
}
