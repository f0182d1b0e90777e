/// Cuts a stream of bytes into the payloads of messages (docs/protocols/ec-srp5.md, Messages).
public enum HandshakeFrame {
    /// The first payload in what has been received.
    ///
    /// The frame takes one byte more than the payload: drop `payload.count + 1` bytes to come to the next one.
    ///
    /// - Returns: nil until the length byte and all bytes that it announces are there, at most 256 in all.
    public static func firstPayload(in received: some Collection<UInt8>) -> [UInt8]? {
        guard let length = received.first else { return nil }
        let payload = received.dropFirst().prefix(Int(length))
        return payload.count == Int(length) ? Array(payload) : nil
    }
}
