/// Random bytes with high entropy at memory speed, never the same twice: what no link compresses and no cache
/// deduplicates.
///
/// Eight xorshift128+ generators run side by side in vector registers, each seeded from the system's random source. It
/// is no cipher, and the RMBT specification (section 1) does not ask for one.
public final class IncompressibleData {
    private var first: SIMD8<UInt64>
    private var second: SIMD8<UInt64>

    public init() {
        var source = SystemRandomNumberGenerator()
        first = SIMD8<UInt64>.random(in: 1...UInt64.max, using: &source)
        second = SIMD8<UInt64>.random(in: 1...UInt64.max, using: &source)
    }

    /// Overwrites the whole buffer.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        let stride = MemoryLayout<SIMD8<UInt64>>.size
        var a = first
        var b = second
        var offset = 0
        while offset + stride <= buffer.count {
            buffer.storeBytes(of: Self.step(&a, &b), toByteOffset: offset, as: SIMD8<UInt64>.self)
            offset += stride
        }
        if offset < buffer.count {
            let rest = Self.step(&a, &b)
            withUnsafeBytes(of: rest) { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(buffer.count - offset)))
            }
        }
        first = a
        second = b
    }

    @inline(__always)
    private static func step(_ a: inout SIMD8<UInt64>, _ b: inout SIMD8<UInt64>) -> SIMD8<UInt64> {
        var x = a
        let y = b
        let sum = x &+ y
        a = y
        x ^= x &<< 23
        b = x ^ y ^ (x &>> 18) ^ (y &>> 5)
        return sum
    }
}
