/// The memory that a sender writes from: zeros for ever, or fresh random bytes for each write.
struct PayloadSource {
    private let buffer: UnsafeMutableRawBufferPointer
    private let generator: IncompressibleData?

    init(size: Int, random: Bool) {
        buffer = .allocate(byteCount: size, alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        generator = random ? IncompressibleData() : nil
    }

    /// `length` bytes to send, at most the buffer's size; valid until the next call.
    func next(_ length: Int) -> UnsafeRawPointer? {
        generator?.fill(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(length)))
        return UnsafeRawPointer(buffer.baseAddress)
    }

    func release() { buffer.deallocate() }
}
