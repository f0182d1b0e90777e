import Glibc
import NIOCore
import NIOSSL
import Sockets
import Transfer

/// Performs what an ``RMBTClientSession`` decides, on one connection, for one operation at a time. Confined to its event loop.
final class RMBTClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What one operation brought; with an error, what it brought until then.
    struct Outcome: Sendable {
        var completion: RMBTClientSession.Completion?
        var tuples: [TransferTuple] = []
        var bytes: Int64 = 0
        /// Of a download: nothing of it was missing, whatever came behind it.
        var hasWholeStream = false
        /// When the operation ended, on the clock of a download's tuples.
        var endedAt: Int64 = 0
        /// The time t of a download or an upload had passed before the end, or the server had sent all: what was counted is a result.
        var isPastTime = false
        var error: RMBTError?
    }

    /// What is running.
    private struct Operation {
        let promise: EventLoopPromise<Outcome>
        /// Instants in the tuples are counted from here.
        let origin: Int64
        let meter: ByteMeter?
        var recorder = TupleRecorder()
        /// For an upload: how its chunks end.
        var upload: Upload?
        /// For an upload with reports: how long they are waited for after its time.
        var reportWait: ReportWait?
        /// Of a direction that ends by time: when its time is over, an instant of ``MonotonicClock``.
        var timeEnds: Int64?

        mutating func carried(_ bytes: Int64, readAt now: Int64) {
            record(bytes, after: now - origin)
        }

        mutating func record(_ bytes: Int64, after nanoseconds: Int64) {
            meter?.add(Int(clamping: bytes - (recorder.tuples.last?.bytes ?? 0)))
            recorder.record(nanoseconds: nanoseconds, bytes: bytes)
        }
    }

    struct Upload: Sendable {
        let chunkSize: Int
        let ending: Ending
        /// t in nanoseconds after the command, for the waits that follow an upload; nil waits for the final time alone.
        let duration: Int64?

        enum Ending: Sendable {
            case chunks(Int)
            case seconds(Double)
        }
    }

    private var session: RMBTClientSession
    private var input = ByteBuffer()
    private var operation: Operation?
    private var sender: (any ChunkSending)?
    /// Bytes of the last upload, once it is sent.
    private var bytesSent: Int64 = 0
    private var deadline: Scheduled<Void>?
    /// Why the connection takes no more operations; it may have happened between two of them.
    private var failure: RMBTError?
    private var context: ChannelHandlerContext?
    private var drain: SocketDrain
    /// Of all tests that this process runs.
    private static let threads = DataThreadPlaces(most: 64)

    init(token: String, mark: LowWaterMark = SocketDrain.mark) {
        session = RMBTClientSession(token: token)
        drain = SocketDrain(mark: mark)
    }

    // MARK: Operations

    /// Waits for the greeting, shows the token and gets ready for commands.
    func open(seconds: Double, on eventLoop: any EventLoop) -> EventLoopFuture<Outcome> {
        begin(seconds: seconds, origin: MonotonicClock.now(), meter: nil, on: eventLoop) { _ in [] }
    }

    func ping(seconds: Double, on eventLoop: any EventLoop) -> EventLoopFuture<Outcome> {
        begin(seconds: seconds, origin: MonotonicClock.now(), meter: nil, on: eventLoop) {
            $0.session.pingRequested(at: MonotonicClock.now())
        }
    }

    func getChunks(
        _ count: Int, size: Int, seconds: Double, meter: ByteMeter?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Outcome> {
        begin(seconds: seconds, origin: MonotonicClock.now(), meter: meter, on: eventLoop) {
            $0.session.chunksRequested(count: count, size: size, at: MonotonicClock.now())
        }
    }

    /// - Parameter grace: how long after its nominal end the stream is waited for.
    func download(
        duration: Int, size: Int, grace: Double, origin: Int64, meter: ByteMeter?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Outcome> {
        begin(seconds: Double(duration) + grace, origin: origin, meter: meter, on: eventLoop) {
            let now = MonotonicClock.now()
            $0.operation?.timeEnds = now + Int64(duration) * 1_000_000_000
            return $0.session.downloadRequested(seconds: duration, size: size, at: now)
        }
    }

    func upload(
        _ upload: Upload, seconds: Double, reports: UploadReports, origin: Int64, meter: ByteMeter?,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Outcome> {
        begin(seconds: seconds, origin: origin, meter: meter, upload: upload, on: eventLoop) {
            $0.session.uploadRequested(
                size: upload.chunkSize, reports: reports, at: MonotonicClock.now())
        }
    }

    /// Says goodbye and closes.
    func close() {
        guard let context else { return }
        if session.isReady {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: RMBTCommand.quit.line)), promise: nil)
        }
        context.close(promise: nil)
    }

    /// Gives up what is running, at once, even where a peer would have to confirm the end of TLS.
    func cancel() {
        guard let context else { return }
        discardOnClose(context)
        fail(.stopped, context)
        abandon(context)
    }

    private func begin(
        seconds: Double, origin: Int64, meter: ByteMeter?, upload: Upload? = nil, on eventLoop: any EventLoop,
        _ command: (RMBTClientHandler) -> [RMBTClientSession.Action]
    ) -> EventLoopFuture<Outcome> {
        let promise = eventLoop.makePromise(of: Outcome.self)
        guard operation == nil else {
            promise.succeed(Outcome(error: .local("a command was given while another one runs")))
            return promise.futureResult
        }
        guard failure == nil, let context else {
            promise.succeed(Outcome(error: failure ?? .closed(step: session.awaitedStep)))
            return promise.futureResult
        }
        operation = Operation(
            promise: promise, origin: origin, meter: meter, upload: upload,
            reportWait: upload?.duration.map(ReportWait.init))
        setLimit(seconds, context)
        perform(command(self), context)
        return promise.futureResult
    }

    /// Gives what is running so many seconds more.
    func hurry(within seconds: Double) {
        guard operation != nil, let context else { return }
        setLimit(seconds, context)
    }

    private func setLimit(_ seconds: Double, _ context: ChannelHandlerContext) {
        setDeadline(seconds, context) { handler, context in
            handler.discardOnClose(context)
            handler.perform(handler.session.deadlinePassed(after: seconds), context)
            handler.abandon(context)
        }
    }

    /// Closes at once, and takes nothing more from the line: what this side's kernel still holds of an upload, and what the peer's
    /// holds of a download, would otherwise go on filling a slow line for seconds.
    private func abandon(_ context: ChannelHandlerContext) {
        sender?.cancel()
        sender = nil
        discardOnClose(context)
        // Past TLS, which would wait for the peer's farewell behind all of that.
        let pipeline = context.pipeline.syncOperations
        if let tls = try? pipeline.context(handlerType: NIOSSLClientHandler.self) {
            tls.close(promise: nil)
        } else {
            context.close(promise: nil)
        }
    }

    private func discardOnClose(_ context: ChannelHandlerContext) {
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let piece = unwrapInboundIn(data)
        let now = MonotonicClock.now()
        if session.skippable > 0 { drain.moved(piece.readableBytes, at: now) }
        input.append(piece)
        // The answer to the last chunk may overtake the thread that sent it.
        if let sender, sender.mayBeComplete { session.lastChunkSent() }
        perform(session.bytesReceived(&input, at: now, bytesSent: sender?.bytes ?? bytesSent), context, at: now)
        // While data flows its buffer is not kept.
        if input.readableBytes == 0 { input = ByteBuffer() }
        dropUnseen(context)
    }

    /// Takes what nobody looks at off the socket, before the channel reads on.
    private func dropUnseen(_ context: ChannelHandlerContext) {
        drain.follow(session.skippable, context)
        // Where it stands further when the drops end.
        defer { drain.rest(session.skippable, context) { [self] in look(context) } }
        for _ in 0..<SocketDrain.callsPerTurn {
            let skippable = session.skippable
            guard drain.isWorth(skippable, context), input.readableBytes == 0 else { return }
            let dropped = drain.drop(upTo: skippable, context)
            guard dropped > 0 else { return }
            let now = MonotonicClock.now()
            drain.moved(dropped, at: now)
            perform(session.bytesSkipped(dropped, at: now), context, at: now)
        }
    }

    /// Counts what a stalled chunk has brought, of which the kernel says nothing.
    private func look(_ context: ChannelHandlerContext) {
        drain.waitEnded()
        guard context.channel.isActive else { return }
        dropUnseen(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(session.connectionClosed(), context)
        // Where the session had ended before, its connection was on the way to its end.
        fail(.closed(step: session.awaitedStep), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // From the handlers of the transport.
        if let error = error as? RMBTError { return fail(error, context) }
        let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
        if let reason = RMBTTLSError.sentence(for: error, certificate: certificate, at: time(nil)) {
            fail(.tls(reason), context)
        } else {
            perform(session.connectionClosed(), context)
            context.close(promise: nil)
        }
    }

    private func perform(
        _ actions: [RMBTClientSession.Action], _ context: ChannelHandlerContext, at now: Int64 = MonotonicClock.now()
    ) {
        for action in actions {
            switch action {
            case .send(let line):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
            case .carried(let bytes): operation?.carried(bytes, readAt: now)
            case .feedback(let nanoseconds, let bytes):
                operation?.record(bytes, after: nanoseconds)
                if let decision = operation?.reportWait?.reportReceived(at: nanoseconds) { wait(decision, context) }
            case .beginSending: beginSending(context)
            case .receivedAll(let nanoseconds):
                operation?.record(sender?.bytes ?? bytesSent, after: nanoseconds)
            case .completed(let completion): completed(completion)
            case .fail(let error): fail(error, context)
            }
        }
    }

    // MARK: Upload

    private func beginSending(_ context: ChannelHandlerContext) {
        guard let upload = operation?.upload else { return }
        let ending: ChunkPlan.Ending
        switch upload.ending {
        case .chunks(let count): ending = .count(count)
        case .seconds(let seconds):
            let end = MonotonicClock.now() + Int64(seconds * 1e9)
            // One instant for both: a server that answers the last chunk at once may end before any timer of ours fires.
            operation?.timeEnds = end
            ending = .time(end)
        }
        bytesSent = 0
        let sender = sender(of: ChunkPlan(chunkSize: upload.chunkSize, ending: ending), context)
        self.sender = sender
        if let duration = upload.duration, operation?.reportWait != nil {
            // On a slow line the kernel takes the last chunk seconds after its time, which is not waited for.
            setDeadline(Double(duration) * 1e-9, context) { handler, context in
                if let decision = handler.operation?.reportWait?.timeIsOver() { handler.wait(decision, context) }
            }
        }
        sender.start(context)
    }

    /// What nothing wraps leaves the event loop: a test has no more connections than it may have threads.
    private func sender(of plan: ChunkPlan, _ context: ChannelHandlerContext) -> any ChunkSending {
        if plan.isBulk, PlainTransport.isUsed(by: context), let place = Self.threads.take(),
            let thread = ChunkThread(plan, context, place: place, ended: { [self] in sendingEnded($0, context) })
        {
            return thread
        }
        return ChunkSender(plan) { [self] in sendingEnded($0, context) }
    }

    private func sendingEnded(_ end: ChunkSendingEnd, _ context: ChannelHandlerContext) {
        bytesSent = sender?.bytes ?? 0
        sender = nil
        switch end {
        case .complete: break
        case .exhausted, .failed: return context.close(promise: nil)
        case .hungUp: return
        }
        session.lastChunkSent()
    }

    private func wait(_ decision: ReportWait.Decision, _ context: ChannelHandlerContext) {
        switch decision {
        case .wait(let nanoseconds):
            setDeadline(Double(nanoseconds) * 1e-9, context) { handler, context in
                if let next = handler.operation?.reportWait?.waitEnded() { handler.wait(next, context) }
            }
        case .end:
            // The line is too slow for the final time; the reports so far are the result, if there are any.
            let step = session.awaitedStep
            end { outcome in
                guard outcome.tuples.isEmpty else { return }
                outcome.error = .silent(step: step, seconds: ReportWait.longestSeconds)
            }
            abandon(context)
        }
    }

    // MARK: Ends

    private func completed(_ completion: RMBTClientSession.Completion) {
        if case .uploaded = completion {
            sender?.cancel()
            sender = nil
        }
        end { $0.completion = completion }
    }

    private func fail(_ error: RMBTError, _ context: ChannelHandlerContext) {
        failure = failure ?? error
        end { $0.error = error }
        context.close(promise: nil)
    }

    private func end(_ finish: (inout Outcome) -> Void) {
        guard let operation else { return }
        self.operation = nil
        deadline?.cancel()
        deadline = nil
        let tuples = operation.recorder.tuples
        let now = MonotonicClock.now()
        var outcome = Outcome(
            tuples: tuples, bytes: tuples.last?.bytes ?? 0, hasWholeStream: session.hasWholeStream,
            endedAt: now - operation.origin,
            isPastTime: operation.timeEnds.map { now >= $0 || session.hasWholeStream } ?? false)
        finish(&outcome)
        if outcome.error != nil {
            sender?.cancel()
            sender = nil
        }
        operation.promise.succeed(outcome)
    }

    private func setDeadline(
        _ seconds: Double, _ context: ChannelHandlerContext,
        _ passed: @escaping (RMBTClientHandler, ChannelHandlerContext) -> Void
    ) {
        deadline?.cancel()
        let amount = TimeAmount.nanoseconds(Int64(seconds * 1e9))
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { [self] in
            guard operation != nil else { return }
            passed(self, context)
        }
    }
}
