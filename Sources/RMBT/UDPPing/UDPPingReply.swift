/// A reply of the UDP ping service, 8 bytes (docs/protocols/rmbt.md, UDP ping).
public enum UDPPingReply: Sendable, Equatable {
    case answer(sequence: UInt32)
    /// The request's proof is signed, and for another address than the one it came from.
    case wrongAddress(sequence: UInt32)

    static let length = 8
    private static let answerMagic = Array("RR01".utf8)
    private static let errorMagic = Array("RE01".utf8)

    /// Reads a datagram.
    ///
    /// - Returns: nil for what is no reply.
    public init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        let sequence = UInt32(bigEndianBytes: bytes[4...])
        switch Array(bytes[..<4]) {
        case Self.answerMagic: self = .answer(sequence: sequence)
        case Self.errorMagic: self = .wrongAddress(sequence: sequence)
        default: return nil
        }
    }

    /// The datagram.
    public var encoded: [UInt8] {
        switch self {
        case .answer(let sequence): Self.answerMagic + sequence.bigEndianBytes
        case .wrongAddress(let sequence): Self.errorMagic + sequence.bigEndianBytes
        }
    }
}
