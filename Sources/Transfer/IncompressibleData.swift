import CSocket

/// Random bytes with high entropy at memory speed, never the same twice: what no link compresses and no cache
/// deduplicates.
///
/// Sixteen xorshift128+ generators run side by side in the widest vector registers that the processor has, each seeded from the system's
/// random source. It is no cipher, and the RMBT specification (section 1) does not ask for one.
public final class IncompressibleData {
    /// Two words for each generator; nobody else knows this memory.
    private let state: UnsafeMutableBufferPointer<UInt64>

    public init() {
        var source = SystemRandomNumberGenerator()
        state = .allocate(capacity: 32)
        for index in state.indices {
            state.initializeElement(at: index, to: UInt64.random(in: 1...UInt64.max, using: &source))
        }
    }

    deinit { state.deallocate() }

    /// Overwrites the whole buffer.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let bytes = buffer.baseAddress else { return }
        csocket_random_fill(state.baseAddress, bytes, buffer.count)
    }
}
