/// One of the four messages (docs/protocols/ec-srp5.md, Messages). On the wire each is a length byte and its payload.
public protocol HandshakeMessage: Equatable, Sendable {
    /// Reads a payload, without its length byte.
    ///
    /// - Throws: an error for anything but a well-formed message; no bytes trap.
    init(decoding payload: some Collection<UInt8>) throws(ECSRP5Error)

    /// The message without its length byte, at most 255 bytes.
    var payload: [UInt8] { get }
}

extension HandshakeMessage {
    /// The message as it is sent: its length byte and its payload.
    public var frame: [UInt8] {
        let payload = payload
        return [UInt8(clamping: payload.count)] + payload
    }

    /// Reads exactly one frame.
    ///
    /// - Throws: ``ECSRP5Error/wrongLength(expected:found:)`` unless the length byte tells the number of bytes after
    ///   it; else what ``init(decoding:)`` throws.
    public init(decodingFrame bytes: some Collection<UInt8>) throws(ECSRP5Error) {
        guard let length = bytes.first else { throw .wrongLength(expected: 1, found: 0) }
        let payload = bytes.dropFirst()
        guard payload.count == Int(length) else { throw .wrongLength(expected: Int(length), found: payload.count) }
        try self.init(decoding: payload)
    }
}
