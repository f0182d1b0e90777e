import Transfer

/// Composes a stream of chunks without anything around them, piece by piece: fresh random data, and each chunk's last byte.
struct ChunkStream {
    /// Bytes composed since the start.
    private(set) var bytes: Int64 = 0
    /// The last chunk's last byte is composed.
    private(set) var hasEnded = false

    private let plan: ChunkPlan
    private let data = IncompressibleData()
    private var chunksBegun = 0
    /// Bytes left of the current chunk; 0 before a chunk begins.
    private var left = 0
    private var isLast = false

    init(_ plan: ChunkPlan) {
        self.plan = plan
    }

    /// Writes the next bytes of the stream to the front of `buffer`.
    ///
    /// - Parameter now: an instant of ``MonotonicClock``.
    /// - Returns: how many; fewer than the buffer holds only at the stream's end.
    mutating func next(into buffer: UnsafeMutableRawBufferPointer, at now: Int64) -> Int {
        guard !hasEnded else { return 0 }
        data.fill(buffer)
        var position = 0
        while position < buffer.count, !hasEnded {
            if left == 0 { begin(at: now) }
            let length = min(left, buffer.count - position)
            position += length
            bytes += Int64(length)
            left -= length
            guard left == 0 else { break }
            buffer[position - 1] = isLast ? 0xFF : 0
            hasEnded = isLast
        }
        return position
    }

    private mutating func begin(at now: Int64) {
        isLast = plan.isLast(chunksBefore: chunksBegun, bytesBefore: bytes, at: now)
        chunksBegun += 1
        left = plan.chunkSize
    }
}
