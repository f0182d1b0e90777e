/// The masking key of a WebSocket frame (RFC 6455, section 5.3), at some place of the frame's payload.
struct WebSocketMask: Sendable, Equatable {
    /// The four bytes as they come next, the first one lowest.
    private(set) var key: UInt32

    /// - Parameter key: the bytes of the header, the first one lowest.
    init(key: UInt32) {
        self.key = key
    }

    /// Leaves every byte as it is: what a server sends.
    static let none = WebSocketMask(key: 0)

    /// What the byte `offset` bytes further on is combined with.
    func byte(at offset: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: key >> (8 * UInt32(truncatingIfNeeded: offset & 3)))
    }

    /// Moves on by so many bytes of payload.
    mutating func advance(by count: Int) {
        let bits = 8 * UInt32(truncatingIfNeeded: count & 3)
        guard bits > 0 else { return }
        key = key >> bits | key << (32 - bits)
    }

    /// Writes `source` with the mask put on, or taken off, to the beginning of `target`, which must be as large.
    ///
    /// Bulk goes through vector registers, 64 bytes a step: this is the WebSocket's whole cost per byte beside the system's.
    func apply(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        let count = min(source.count, target.count)
        let word = UInt64(littleEndian: UInt64(key) | UInt64(key) << 32)
        let vector = SIMD8<UInt64>(repeating: word)
        var offset = 0
        while count - offset >= MemoryLayout<SIMD8<UInt64>>.size {
            let bytes = source.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
            target.storeBytes(of: bytes ^ vector, toByteOffset: offset, as: SIMD8<UInt64>.self)
            offset += MemoryLayout<SIMD8<UInt64>>.size
        }
        while count - offset >= MemoryLayout<UInt64>.size {
            let bytes = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: bytes ^ word, toByteOffset: offset, as: UInt64.self)
            offset += MemoryLayout<UInt64>.size
        }
        while offset < count {
            target[offset] = source[offset] ^ byte(at: offset)
            offset += 1
        }
    }
}
