/// Integers as the command and the status message carry them.
enum LittleEndian {
    static func uint16(_ low: UInt8, _ high: UInt8) -> UInt16 {
        UInt16(low) | UInt16(high) << 8
    }

    /// The first byte is the lowest; bytes beyond the fourth do not count.
    static func uint32(_ bytes: some Collection<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for (index, byte) in bytes.prefix(4).enumerated() { value |= UInt32(byte) << UInt32(8 * index) }
        return value
    }

    static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
