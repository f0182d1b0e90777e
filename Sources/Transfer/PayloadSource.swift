import Glibc

/// The memory that a sender writes from: zeros for ever, or fresh random bytes for each write.
struct PayloadSource {
    private let buffer: UnsafeMutableRawBufferPointer?
    private let generator: IncompressibleData?

    /// Zeros that nobody ever writes to, shared by all senders; their address, 0 where the system had no memory.
    private static let zeros = UInt(bitPattern: calloc(StreamSender.writeSize, 1))

    init(size: Int, random: Bool) {
        if !random, size <= StreamSender.writeSize, Self.zeros != 0 {
            buffer = nil
        } else {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            buffer = memory
        }
        generator = random ? IncompressibleData() : nil
    }

    /// `length` bytes to send, at most the source's size; valid until the next call.
    func next(_ length: Int) -> UnsafeRawPointer? {
        guard let buffer else { return UnsafeRawPointer(bitPattern: Self.zeros) }
        generator?.fill(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(length)))
        return UnsafeRawPointer(buffer.baseAddress)
    }

    func release() { buffer?.deallocate() }
}
