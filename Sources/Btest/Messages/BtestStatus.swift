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
    /// The high bit of the second byte and the two bytes after it tell nothing: live RouterOS was seen to leave the bit clear and to fill the
    /// bytes, and the C server of 2016 sends a load of 0.
    ///
    /// - Returns: nil unless these are 12 bytes that begin with 07. A load above 100 % counts as 100 %.
    public init?(decoding bytes: some Collection<UInt8>) {
        let wire = Array(bytes)
        guard wire.count == Self.length, wire[0] == Self.firstByte else { return nil }
        cpuPercent = min(wire[1] & 0x7F, 100)
        sequence = LittleEndian.uint32(wire[4...7])
        bytesReceived = LittleEndian.uint32(wire[8...11])
    }

    /// Whether 12 bytes, or the first of them, can be the status with this number, whichever way its number is written: one old
    /// implementation writes it big-endian from the second byte on.
    ///
    /// - Parameter range: the numbers that can be next.
    static func canBegin(_ piece: some Collection<UInt8>, numbered range: ClosedRange<UInt32>) -> Bool {
        let wire = Array(piece)
        guard wire.first == firstByte else { return false }
        // What is missing may still be anything.
        let isLoad = wire.count < 2 || wire[1] & 0x7F <= 100
        guard wire.count >= 8 else { return isLoad }
        if isLoad, range.contains(LittleEndian.uint32(wire[4...7])) { return true }
        return wire[5...7].allSatisfy { $0 == 0 }
            && range.contains(wire[1...4].reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// The 12 bytes on the wire.
    public var encoded: [UInt8] {
        [Self.firstByte, 0x80 | cpuPercent, 0, 0] + LittleEndian.bytes(sequence) + LittleEndian.bytes(bytesReceived)
    }
}
