import Glibc
import NIOCore
import Sockets
import Synchronization

/// Sends a stream of chunks from a thread of its own, straight into the socket of a channel that puts nothing around them.
///
/// The channel stays where it is: it reads lines, keeps the deadlines, and hears of the connection's end. It writes nothing between the
/// beginning of the stream and its end (docs/decisions/rmbt-data-path.md).
final class ChunkThread: ChunkSending, Sendable {
    private let plan: ChunkPlan
    private let socket: SocketDescriptor
    private let place: DataThreadPlaces.Place
    private let stop = StopSignal()
    private let composed = Atomic<Int64>(0)
    private let hasComposedLast = Atomic(false)
    private let ended: NIOLoopBound<(ChunkSendingEnd) -> Void>

    /// Pieces grow up to this as long as the kernel takes them: few calls, and no more than stays in a core's cache.
    private static let mostInPiece = 1 << 18
    /// On a slow line no more than this is composed ahead of what the kernel takes.
    private static let leastInPiece = 1 << 12
    private static let firstPiece = 1 << 16
    /// Nanoseconds: a piece that waited for longer is followed by a smaller one.
    private static let longWait: Int64 = 10_000_000
    private static let longestTurn: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - place: kept until the thread has ended.
    ///   - ended: called once on the event loop, when the last chunk is in the kernel's hands or there is no more to be sent.
    /// - Returns: nil where the channel has no descriptor to share, or the process none left.
    init?(
        _ plan: ChunkPlan, _ context: ChannelHandlerContext, place: DataThreadPlaces.Place,
        ended: @escaping (ChunkSendingEnd) -> Void
    ) {
        let socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            SocketDescriptor(duplicating: $0)
        }
        guard let socket, let socket else { return nil }
        self.plan = plan
        self.socket = socket
        self.place = place
        self.ended = NIOLoopBound(ended, eventLoop: context.eventLoop)
    }

    var bytes: Int64 { composed.load(ordering: .acquiring) }

    var mayBeComplete: Bool { hasComposedLast.load(ordering: .acquiring) }

    /// Begins once all that the channel was given before is in the kernel's hands.
    func start(_ context: ChannelHandlerContext) {
        let flushed = context.eventLoop.makePromise(of: Void.self)
        flushed.futureResult.whenSuccess { [self, eventLoop = context.eventLoop] in
            DataThread.start("rmbt-chunks") { [self] in
                let end = run()
                place.giveBack()
                guard let end else { return }
                eventLoop.execute { if !self.stop.isRaised { self.ended.value(end) } }
            }
        }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: flushed)
    }

    func cancel() { stop.raise() }

    /// - Returns: nil after ``cancel()``.
    private func run() -> ChunkSendingEnd? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.mostInPiece, alignment: 64)
        defer { buffer.deallocate() }
        var stream = ChunkStream(plan)
        var size = Self.firstPiece
        while !stream.hasEnded {
            let turn = plan.allowance?.turn(of: size) ?? size
            if turn == 0 { return .exhausted }
            let began = MonotonicClock.now()
            let count = stream.next(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(turn)), at: began)
            composed.store(stream.bytes, ordering: .releasing)
            if stream.hasEnded { hasComposedLast.store(true, ordering: .releasing) }
            plan.allowance?.spend(count)
            switch send(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) {
            case .sent: break
            case .stopped: return nil
            case .ended(let end): return end
            }
            let isSlow = MonotonicClock.now() - began > Self.longWait
            size = isSlow ? max(size / 2, Self.leastInPiece) : min(size * 2, Self.mostInPiece)
        }
        return .complete
    }

    private enum Sending {
        case sent, stopped
        case ended(ChunkSendingEnd)
    }

    private func send(_ piece: UnsafeRawBufferPointer) -> Sending {
        var rest = piece[...]
        while !rest.isEmpty {
            if stop.isRaised { return .stopped }
            let sent = rest.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            if sent >= 0 {
                rest = rest.dropFirst(sent)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // The channel keeps the deadlines and raises the signal; the connection's end wakes the thread too.
                _ = SocketWait.wait(
                    for: socket.number, POLLOUT, stop: stop, until: MonotonicClock.now() + Self.longestTurn)
                if SocketWait.hasHungUp(socket.number) { return .ended(.hungUp) }
            default: return .ended(.failed)
            }
        }
        return .sent
    }
}
