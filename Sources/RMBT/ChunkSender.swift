import NIOCore
import Transfer

/// Writes a stream of chunks into a channel as fast as the channel takes them, in bounded memory.
///
/// Every piece is fresh random data, so no two chunks are equal. At most two pieces are in the channel at a time: on a slow line
/// nothing piles up on this side of the kernel. Confined to its event loop.
final class ChunkSender {
    enum Ending {
        /// After this many chunks.
        case count(Int)
        /// With the first chunk that begins at or after this instant of ``MonotonicClock``.
        case time(Int64)
    }

    /// Bytes written since the start.
    private(set) var bytes: Int64 = 0

    private let chunkSize: Int
    private let ending: Ending
    private let data = IncompressibleData()
    private let ended: (Result<Void, any Error>) -> Void
    private var chunksBegun = 0
    /// Bytes left of a chunk that is larger than a piece, and whether it is the last one.
    private var open: (left: Int, isLast: Bool)?
    private var inFlight = 0
    private var hasWrittenLast = false
    private var isOver = false

    /// The bytes of one write; a chunk that is larger goes out in pieces.
    static let pieceSize = 1 << 17
    private static let mostInFlight = 2
    /// After so many writes in a row the event loop gets its turn for what came in.
    private static let writesPerTurn = 8

    /// - Parameter ended: called once, when the last chunk is in the kernel's hands or a write failed.
    init(chunkSize: Int, ending: Ending, ended: @escaping (Result<Void, any Error>) -> Void) {
        self.chunkSize = max(chunkSize, 1)
        self.ending = ending
        self.ended = ended
    }

    /// Stops writing; `ended` is not called any more.
    func cancel() {
        isOver = true
    }

    /// Writes until the channel has enough.
    func pump(_ context: ChannelHandlerContext) {
        var turn = 0
        while !isOver, !hasWrittenLast, inFlight < Self.mostInFlight {
            guard turn < Self.writesPerTurn else {
                let eventLoop = context.eventLoop.assumeIsolated()
                eventLoop.execute { self.pump(context) }
                return
            }
            turn += 1
            write(context)
        }
    }

    private func write(_ context: ChannelHandlerContext) {
        let piece = nextPiece(context.channel.allocator)
        inFlight += 1
        bytes += Int64(piece.readableBytes)
        let isLast = hasWrittenLast
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            self.inFlight -= 1
            guard !self.isOver else { return }
            switch result {
            case .failure: self.end(result)
            case .success where isLast: self.end(result)
            // A write that ends inside `write` is followed by the loop in `pump` that made it.
            case .success: if !self.isPumping { self.pump(context) }
            }
        }
        isPumping = true
        context.writeAndFlush(NIOAny(piece), promise: written)
        isPumping = false
    }

    private var isPumping = false

    private func end(_ result: Result<Void, any Error>) {
        isOver = true
        ended(result)
    }

    private func nextPiece(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if let (left, isLast) = open { return piece(of: left, isLast: isLast, allocator) }
        let isLast =
            switch ending {
            case .count(let count): chunksBegun >= count - 1
            case .time(let instant): MonotonicClock.now() >= instant
            }
        guard chunkSize < Self.pieceSize, !isLast else {
            chunksBegun += 1
            return piece(of: chunkSize, isLast: isLast, allocator)
        }
        var chunks = Self.pieceSize / chunkSize
        if case .count(let count) = ending { chunks = min(chunks, count - 1 - chunksBegun) }
        chunksBegun += chunks
        var buffer = random(chunks * chunkSize, allocator)
        for chunk in 1...max(chunks, 1) { buffer.setInteger(UInt8(0), at: chunk * chunkSize - 1) }
        return buffer
    }

    /// The next part of one chunk, of which `left` bytes are missing.
    private func piece(of left: Int, isLast: Bool, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        let length = min(left, Self.pieceSize)
        var buffer = random(length, allocator)
        if length == left {
            buffer.setInteger(UInt8(isLast ? 0xFF : 0), at: length - 1)
            open = nil
            hasWrittenLast = isLast
        } else {
            open = (left - length, isLast)
        }
        return buffer
    }

    private func random(_ count: Int, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            data.fill(UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)))
            return count
        }
        return buffer
    }
}
