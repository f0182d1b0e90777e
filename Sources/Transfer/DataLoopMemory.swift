/// Memory that lives as long as its holder.
public final class DataLoopMemory: Sendable {
    /// Bytes that a loop's turn may use.
    public static let size = 1 << 18

    private let address: UInt
    private let count: Int

    public init(size: Int = DataLoopMemory.size) {
        address = UInt(bitPattern: UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64))
        count = size
    }

    /// For one user at a time.
    public var buffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: address), count: count)
    }

    deinit { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
}
