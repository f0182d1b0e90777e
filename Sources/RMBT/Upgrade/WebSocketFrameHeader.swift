import NIOCore

/// The header of a WebSocket frame (RFC 6455, section 5.2).
struct WebSocketFrameHeader: Sendable, Equatable {
    enum Opcode: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue & 8 != 0 }
    }

    /// Bytes of the longest header: two, a 64-bit length, a key.
    static let longest = 14
    /// Bytes of payload that a control frame can have.
    static let longestControl = 125

    let isFinal: Bool
    let opcode: Opcode
    /// nil for a server's frame.
    let mask: WebSocketMask?
    /// Bytes of the payload, 0 … 2⁴⁰.
    let length: Int

    init(isFinal: Bool = true, _ opcode: Opcode, length: Int, mask: WebSocketMask?) {
        self.isFinal = isFinal
        self.opcode = opcode
        self.length = length
        self.mask = mask
    }

    // MARK: Decoding

    /// The bytes of a header whose second byte is this one.
    static func size(withSecondByte byte: UInt8) -> Int {
        let length =
            switch byte & 0x7F {
            case 126: 2
            case 127: 8
            default: 0
            }
        return 2 + length + (byte & 0x80 == 0 ? 0 : 4)
    }

    /// - Parameters:
    ///   - bytes: a whole header, and nothing behind it.
    ///   - sender: who must have masked it, or not.
    /// - Throws: what is wrong with this frame by itself. A length that would fit into fewer bytes is taken.
    init(decoding bytes: [UInt8], from sender: WebSocketSide) throws(WebSocketViolation) {
        guard let first = bytes.first, let second = bytes.dropFirst().first,
            bytes.count == Self.size(withSecondByte: second)
        else { throw .unfinishedMessage }
        guard first & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .unknownOpcode(first & 0x0F) }
        let isFinal = first & 0x80 != 0
        let isMasked = second & 0x80 != 0
        switch sender {
        case .client: guard isMasked else { throw .unmasked }
        case .server: guard !isMasked else { throw .masked }
        }
        var rest = bytes.dropFirst(2)
        var length = UInt64(second & 0x7F)
        if length > 125 {
            let count = length == 126 ? 2 : 8
            length = rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(count)
        }
        if opcode.isControl {
            guard isFinal else { throw .fragmentedControl }
            guard length <= UInt64(Self.longestControl) else { throw .longControl }
        }
        guard length <= WebSocketViolation.longestFrame else { throw .tooLong(length) }
        self.isFinal = isFinal
        self.opcode = opcode
        self.length = Int(clamping: length)
        mask = isMasked ? WebSocketMask(key: rest.reversed().reduce(0) { $0 << 8 | UInt32($1) }) : nil
    }

    // MARK: Encoding

    /// Bytes of the header of a frame with a payload of `length` bytes.
    static func size(ofFrameWith length: Int, isMasked: Bool) -> Int {
        let size =
            switch length {
            case ...125: 2
            case ...0xFFFF: 4
            default: 10
            }
        return size + (isMasked ? 4 : 0)
    }

    /// Bytes of the encoded header.
    var size: Int { Self.size(ofFrameWith: length, isMasked: mask != nil) }

    /// Writes the header over what stands at `index`, which may be behind the buffer's end.
    func set(in buffer: inout ByteBuffer, at index: Int) {
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        buffer.setInteger(opcode.rawValue | (isFinal ? 0x80 : 0), at: index)
        var position = index + 2
        switch length {
        case ...125: buffer.setInteger(maskBit | UInt8(clamping: length), at: index + 1)
        case ...0xFFFF:
            buffer.setInteger(maskBit | 126, at: index + 1)
            position += buffer.setInteger(UInt16(clamping: length), at: position)
        default:
            buffer.setInteger(maskBit | 127, at: index + 1)
            position += buffer.setInteger(UInt64(clamping: length), at: position)
        }
        if let mask { buffer.setInteger(mask.key, at: position, endianness: .little) }
    }

    /// A frame with the header and this payload, masked where the header says so.
    ///
    /// - Parameter payload: `length` bytes.
    func frame(_ payload: ByteBufferView, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: size + payload.count)
        set(in: &buffer, at: 0)
        buffer.moveWriterIndex(forwardBy: size)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: payload.count) { target in
            payload.withUnsafeBytes { (mask ?? .none).apply($0, to: target) }
            return payload.count
        }
        return buffer
    }
}
