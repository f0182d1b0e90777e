import NIOCore
import NIOSSL
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
        var error: RMBTError?
    }

    /// What is running.
    private struct Operation {
        let promise: EventLoopPromise<Outcome>
        /// Instants in the tuples are counted from here.
        let origin: Int64
        let seconds: Double
        let meter: ByteMeter?
        var recorder = TupleRecorder()
        /// For an upload: how its chunks end, and what it waits for afterwards.
        var upload: Upload?

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
        /// t in nanoseconds after the command, for the waits that follow an upload.
        let duration: Int64?

        enum Ending: Sendable {
            case chunks(Int)
            case seconds(Double)
        }
    }

    private var session: RMBTClientSession
    private var input = ByteBuffer()
    private var operation: Operation?
    private var sender: ChunkSender?
    private var deadline: Scheduled<Void>?
    private var feedbackTime: Int64 = 0
    private var allSent = false
    private var context: ChannelHandlerContext?

    /// w_1, w_2 and w_3 of the specification (section 3), in nanoseconds.
    private static let w1: Int64 = 100_000_000
    private static let w2: Int64 = 3_000_000_000
    private static let w3: Int64 = 1_000_000_000

    init(token: String) {
        session = RMBTClientSession(token: token)
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
            $0.session.chunksRequested(count: count, size: size)
        }
    }

    /// - Parameter grace: how long after its nominal end the stream is waited for.
    func download(
        duration: Int, size: Int, grace: Double, origin: Int64, meter: ByteMeter?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Outcome> {
        begin(seconds: Double(duration) + grace, origin: origin, meter: meter, on: eventLoop) {
            $0.session.downloadRequested(seconds: duration, size: size)
        }
    }

    func upload(
        _ upload: Upload, seconds: Double, reportingResults: Bool, origin: Int64, meter: ByteMeter?,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Outcome> {
        begin(seconds: seconds, origin: origin, meter: meter, upload: upload, on: eventLoop) {
            $0.session.uploadRequested(
                size: upload.chunkSize, reportingResults: reportingResults, at: MonotonicClock.now())
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

    private func begin(
        seconds: Double, origin: Int64, meter: ByteMeter?, upload: Upload? = nil, on eventLoop: any EventLoop,
        _ command: (RMBTClientHandler) -> [RMBTClientSession.Action]
    ) -> EventLoopFuture<Outcome> {
        let promise = eventLoop.makePromise(of: Outcome.self)
        guard operation == nil, let context else {
            promise.succeed(Outcome(error: .closed(step: session.awaitedStep)))
            return promise.futureResult
        }
        operation = Operation(promise: promise, origin: origin, seconds: seconds, meter: meter, upload: upload)
        feedbackTime = 0
        allSent = false
        setDeadline(seconds, context) { handler, context in
            handler.perform(handler.session.deadlinePassed(after: seconds), context)
        }
        perform(command(self), context)
        return promise.futureResult
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        if input.readableBytes > 0 {
            input.writeBuffer(&piece)
            swap(&input, &piece)
            input.clear()
        }
        let now = MonotonicClock.now()
        perform(session.bytesReceived(&piece, at: now, bytesSent: sender?.bytes ?? bytesSent), context, at: now)
        if piece.readableBytes > 0 { input = piece }
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(session.connectionClosed(), context)
        end { $0.error = $0.error ?? .closed(step: session.awaitedStep) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = RMBTTLSError.sentence(for: error) {
            end { $0.error = .tls(error) }
        } else {
            perform(session.connectionClosed(), context)
        }
        context.close(promise: nil)
    }

    private var bytesSent: Int64 = 0

    private func perform(
        _ actions: [RMBTClientSession.Action], _ context: ChannelHandlerContext, at now: Int64 = MonotonicClock.now()
    ) {
        for action in actions {
            switch action {
            case .send(let line):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
            case .carried(let bytes): operation?.carried(bytes, readAt: now)
            case .feedback(let nanoseconds, let bytes): feedback(nanoseconds, bytes, context)
            case .beginSending: beginSending(context)
            case .completed(let completion): completed(completion)
            case .fail(let error):
                end { $0.error = error }
                context.close(promise: nil)
            }
        }
    }

    // MARK: Upload

    private func beginSending(_ context: ChannelHandlerContext) {
        guard let upload = operation?.upload else { return }
        let ending: ChunkSender.Ending =
            switch upload.ending {
            case .chunks(let count): .count(count)
            case .seconds(let seconds): .time(MonotonicClock.now() + Int64(seconds * 1e9))
            }
        bytesSent = 0
        let sender = ChunkSender(chunkSize: upload.chunkSize, ending: ending) { [self] result in
            bytesSent = self.sender?.bytes ?? 0
            self.sender = nil
            guard case .success = result else { return context.close(promise: nil) }
            lastChunkSent(context)
        }
        self.sender = sender
        sender.pump(context)
    }

    /// The waits after an upload (specification, section 4.6): w_1 for the rest of the reports, and if some are missing up to w_2
    /// more for those of chunks before t - w_3.
    private func lastChunkSent(_ context: ChannelHandlerContext) {
        allSent = true
        guard operation?.upload?.duration != nil else { return }
        setDeadline(Double(Self.w1) * 1e-9, context) { handler, context in
            if handler.hasEnoughFeedback { return handler.endWithoutFinalTime(context) }
            handler.setDeadline(Double(Self.w2) * 1e-9, context) { handler, context in
                handler.endWithoutFinalTime(context)
            }
            handler.hasWaitedForReports = true
        }
    }

    private var hasWaitedForReports = false

    private var hasEnoughFeedback: Bool {
        guard allSent, let duration = operation?.upload?.duration else { return false }
        return feedbackTime >= duration - Self.w3
    }

    private func feedback(_ nanoseconds: Int64, _ bytes: Int64, _ context: ChannelHandlerContext) {
        feedbackTime = nanoseconds
        operation?.record(bytes, after: nanoseconds)
        if hasWaitedForReports, hasEnoughFeedback { endWithoutFinalTime(context) }
    }

    private func endWithoutFinalTime(_ context: ChannelHandlerContext) {
        end { _ in }
        context.close(promise: nil)
    }

    // MARK: Ends

    private func completed(_ completion: RMBTClientSession.Completion) {
        if case .uploaded(let serverTime) = completion {
            operation?.record(bytesSent, after: serverTime)
        }
        end { $0.completion = completion }
    }

    private func end(_ finish: (inout Outcome) -> Void) {
        guard let operation else { return }
        self.operation = nil
        deadline?.cancel()
        deadline = nil
        hasWaitedForReports = false
        let tuples = operation.recorder.tuples
        var outcome = Outcome(tuples: tuples, bytes: tuples.last?.bytes ?? 0)
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
