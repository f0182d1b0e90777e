/// A WebSocket frame, encoded as RFC 6455 draws it and a byte at a time.
struct NaiveFrame: Equatable {
    var isFinal = true
    var opcode: UInt8
    var payload: [UInt8]

    /// The bytes that the header of a frame with such a payload begins with.
    static func header(isFinal: Bool = true, _ opcode: UInt8, length: UInt64, key: [UInt8]?) -> [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | opcode]
        let mask: UInt8 = key == nil ? 0 : 0x80
        switch length {
        case ...125: bytes.append(mask | UInt8(length))
        case ...0xFFFF: bytes += [mask | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        }
        return bytes + (key ?? [])
    }

    func bytes(key: [UInt8]? = nil) -> [UInt8] {
        var bytes = Self.header(isFinal: isFinal, opcode, length: UInt64(payload.count), key: key)
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ (key?[index % 4] ?? 0)) }
        return bytes
    }
}
