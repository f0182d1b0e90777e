import NIOCore
import Sockets
import Transfer

/// Writes a stream of chunks into a channel as fast as the channel takes them, in bounded memory.
///
/// Every piece is fresh random data, so no two chunks are equal. At most two pieces are in the channel at a time: on a slow line
/// nothing piles up on this side of the kernel. In a WebSocket, each chunk is one frame. Confined to its event loop.
final class ChunkSender: ChunkSending {
    /// Bytes of chunks written since the start.
    private(set) var bytes: Int64 = 0

    private let plan: ChunkPlan
    /// What paces the stream; nil sends as fast as the channel takes it.
    private let share: RateShare?
    private let data = IncompressibleData()
    private let ended: (ChunkSendingEnd) -> Void
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
    private let pieceSize: Int
    private static let mostInPiece = 1 << 16
    private static let mostInFlight = 2

    /// - Parameter ended: called once, when the last chunk is in the kernel's hands or there is no more to be sent.
    init(_ plan: ChunkPlan, share: RateShare? = nil, ended: @escaping (ChunkSendingEnd) -> Void) {
        self.plan = plan
        self.share = share
        pieceSize = min(share?.pieceSize ?? Self.mostInPiece, Self.mostInPiece)
        self.ended = ended
    }

    var mayBeComplete: Bool { false }

    func start(_ context: ChannelHandlerContext) { pump(context) }

    /// Stops writing; `ended` is not called any more.
    func cancel() {
        isOver = true
        pause?.cancel()
    }

    /// Writes until the channel has enough.
    private func pump(_ context: ChannelHandlerContext) {
        if !hasBegun {
            hasBegun = true
            frames = try? context.pipeline.syncOperations.handler(type: WebSocketFrameHandler.self)
        }
        while !isOver, !hasWrittenLast, inFlight < Self.mostInFlight, !isResting {
            if let allowance = plan.allowance, allowance.isExhausted { return end(.exhausted) }
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
        plan.allowance?.spend(Int(bytes - before))
        share?.moved(Int(bytes - before), at: MonotonicClock.now())
        let isLast = hasWrittenLast
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            self.inFlight -= 1
            guard !self.isOver else { return }
            switch result {
            case .failure: self.end(.failed)
            case .success where isLast: self.end(.complete)
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

    private func end(_ end: ChunkSendingEnd) {
        cancel()
        ended(end)
    }

    private func nextPiece(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if open != nil { return piece(behind: 0, allocator) }
        let isLast =
            plan.isLast(chunksBefore: chunksBegun, bytesBefore: bytes, at: MonotonicClock.now())
        let headerSize = frames?.chunkHeaderSize(for: plan.chunkSize) ?? 0
        let frameSize = headerSize + plan.chunkSize
        guard frameSize < pieceSize, !isLast else {
            chunksBegun += 1
            let header = frames?.chunkHeader(size: plan.chunkSize)
            open = (plan.chunkSize, isLast, end(isLast: isLast, header))
            var buffer = piece(behind: headerSize, allocator)
            header?.set(in: &buffer, at: 0)
            return buffer
        }
        var chunks = pieceSize / frameSize
        if case .count(let count) = plan.ending { chunks = min(chunks, count - 1 - chunksBegun) }
        chunksBegun += chunks
        bytes += Int64(chunks * plan.chunkSize)
        var buffer = random(chunks * frameSize, allocator)
        for chunk in 0..<max(chunks, 1) {
            let header = frames?.chunkHeader(size: plan.chunkSize)
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
        (isLast ? 0xFF : 0) ^ (header?.mask?.byte(at: plan.chunkSize - 1) ?? 0)
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
