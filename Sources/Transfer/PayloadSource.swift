import Glibc

/// The memory that a sender writes from: zeros for ever, or fresh random bytes for each write.
struct PayloadSource {
    private let memory: DataLoopMemory?
    private let generator: IncompressibleData?

    /// Zeros that nobody ever writes to, shared by all senders; their address, 0 where the system had no memory.
    private static let zeros = UInt(bitPattern: calloc(StreamSender.writeSize, 1))

    init(size: Int, random: Bool) {
        if !random, size <= StreamSender.writeSize, Self.zeros != 0 {
            memory = nil
        } else {
            let own = DataLoopMemory(size: size)
            // Random bytes overwrite whatever is sent of it, so that a slow stream touches little of it.
            if !random { own.buffer.initializeMemory(as: UInt8.self, repeating: 0) }
            memory = own
        }
        generator = random ? IncompressibleData() : nil
    }

    /// `length` bytes to send, at most the source's size; valid until the next call.
    func next(_ length: Int) -> UnsafeRawPointer? {
        guard let memory else { return UnsafeRawPointer(bitPattern: Self.zeros) }
        generator?.fill(UnsafeMutableRawBufferPointer(rebasing: memory.buffer.prefix(length)))
        return UnsafeRawPointer(memory.buffer.baseAddress)
    }
}
