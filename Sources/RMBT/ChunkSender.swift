import NIOCore
import Transfer

/// Writes a stream of chunks into a channel as fast as the channel takes them, in bounded memory.
///
/// Every piece is fresh random data, so no two chunks are equal. At most two pieces are in the channel at a time: on a slow line
/// nothing piles up on this side of the kernel. In a WebSocket, each chunk is one frame. Confined to its event loop.
final class ChunkSender {
    enum Ending {
        /// After this many chunks.
        case count(Int)
        /// With the first chunk that begins at or after this instant of ``MonotonicClock``.
        case time(Int64)
    }

    /// Bytes of chunks written since the start.
    private(set) var bytes: Int64 = 0

    /// What may still be sent; nil bounds nothing. The stream ends with ``AllowanceSpent`` when nothing may.
    var allowance: (any ByteAllowance)?

    struct AllowanceSpent: Error {}

    /// What paces the stream; nil sends as fast as the channel takes it.
    var share: RateShare? {
        didSet { pieceSize = min(share?.pieceSize ?? Self.mostInPiece, Self.mostInPiece) }
    }

    /// A stream that ends by time ends with the first chunk that begins behind so many bytes as well.
    var mostBytes = Int64.max

    private let chunkSize: Int
    private let ending: Ending
    private let data = IncompressibleData()
    private let ended: (Result<Void, any Error>) -> Void
    private var chunksBegun = 0
    /// A chunk that is larger than a piece: the bytes left of it, whether it is the last one, and its byte at the end.
    private var open: (left: Int, isLast: Bool, end: UInt8)?
    /// Where the chunks go in frames.
    private var frames: WebSocketFrameHandler?
    private var hasBegun = false
    private var inFlight = 0
    /// When the event loop gets its turn for what came in, an instant of ``MonotonicClock``.
    private var turnEnd: Int64?
    /// The next turn is asked for.
    private var isResting = false
    /// What lets a paced stream go on.
    private var pause: Scheduled<Void>?
    private var hasWrittenLast = false
    private var isOver = false

    /// The bytes of one write, headers of frames included; a chunk that is larger goes out in pieces.
    private var pieceSize = ChunkSender.mostInPiece
    private static let mostInPiece = 1 << 16
    private static let mostInFlight = 2

    /// - Parameter ended: called once, when the last chunk is in the kernel's hands or a write failed.
    init(chunkSize: Int, ending: Ending, ended: @escaping (Result<Void, any Error>) -> Void) {
        self.chunkSize = max(chunkSize, 1)
        self.ending = ending
        self.ended = ended
    }

    /// Stops writing; `ended` is not called any more.
    func cancel() {
        isOver = true
        pause?.cancel()
    }

    /// Writes until the channel has enough.
    func pump(_ context: ChannelHandlerContext) {
        if !hasBegun {
            hasBegun = true
            frames = try? context.pipeline.syncOperations.handler(type: WebSocketFrameHandler.self)
        }
        while !isOver, !hasWrittenLast, inFlight < Self.mostInFlight, !isResting {
            if let allowance, allowance.isExhausted { return end(.failure(AllowanceSpent())) }
            let now = MonotonicClock.now()
            if let wait = share?.wait(at: now) { return rest(context, for: wait) }
            let turnEnd = turnEnd ?? now + SenderTurns.length
            self.turnEnd = turnEnd
            guard now < turnEnd else { return rest(context) }
            write(context)
        }
    }

    /// Waits for the next turn. Not even a write that ends is followed by another until then: the channel flushes on for as long as
    /// there is something to flush, and what follows from inside a flush is that.
    private func rest(_ context: ChannelHandlerContext) {
        isResting = true
        SenderTurns.wait(on: context.eventLoop) { self.goOn(context) }
    }

    /// Waits until the rate has carried what was sent.
    private func rest(_ context: ChannelHandlerContext, for wait: TimeAmount) {
        isResting = true
        pause = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { self.goOn(context) }
    }

    private func goOn(_ context: ChannelHandlerContext) {
        isResting = false
        turnEnd = nil
        pump(context)
    }

    private func write(_ context: ChannelHandlerContext) {
        let before = bytes
        let piece = nextPiece(context.channel.allocator)
        inFlight += 1
        allowance?.spend(Int(bytes - before))
        share?.moved(Int(bytes - before), at: MonotonicClock.now())
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
        if let frames {
            frames.write(chunks: piece, endingInsideFrame: open != nil, promise: written)
        } else {
            context.writeAndFlush(NIOAny(piece), promise: written)
        }
        isPumping = false
    }

    private var isPumping = false

    private func end(_ result: Result<Void, any Error>) {
        cancel()
        ended(result)
    }

    private func nextPiece(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if open != nil { return piece(behind: 0, allocator) }
        let isLast =
            switch ending {
            case .count(let count): chunksBegun >= count - 1
            case .time(let instant): MonotonicClock.now() >= instant || bytes >= mostBytes
            }
        let headerSize = frames?.chunkHeaderSize(for: chunkSize) ?? 0
        let frameSize = headerSize + chunkSize
        guard frameSize < pieceSize, !isLast else {
            chunksBegun += 1
            let header = frames?.chunkHeader(size: chunkSize)
            open = (chunkSize, isLast, end(isLast: isLast, header))
            var buffer = piece(behind: headerSize, allocator)
            header?.set(in: &buffer, at: 0)
            return buffer
        }
        var chunks = pieceSize / frameSize
        if case .count(let count) = ending { chunks = min(chunks, count - 1 - chunksBegun) }
        chunksBegun += chunks
        bytes += Int64(chunks * chunkSize)
        var buffer = random(chunks * frameSize, allocator)
        for chunk in 0..<max(chunks, 1) {
            let header = frames?.chunkHeader(size: chunkSize)
            header?.set(in: &buffer, at: chunk * frameSize)
            buffer.setInteger(end(isLast: false, header), at: (chunk + 1) * frameSize - 1)
        }
        return buffer
    }

    /// The next part of the open chunk, behind room for a header.
    private func piece(behind headerSize: Int, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard let (left, isLast, end) = open else { return ByteBuffer() }
        let length = min(left, pieceSize - headerSize)
        bytes += Int64(length)
        var buffer = random(headerSize + length, allocator)
        if length == left {
            buffer.setInteger(end, at: headerSize + length - 1)
            open = nil
            hasWrittenLast = isLast
        } else {
            open = (left - length, isLast, end)
        }
        return buffer
    }

    /// A chunk's last byte on the wire.
    ///
    /// All others are random before a mask is put on and after: so the random bytes are written as the masked ones, and of a
    /// whole chunk this byte alone needs masking (docs/decisions/websocket-masking.md).
    private func end(isLast: Bool, _ header: WebSocketFrameHeader?) -> UInt8 {
        (isLast ? 0xFF : 0) ^ (header?.mask?.byte(at: chunkSize - 1) ?? 0)
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
