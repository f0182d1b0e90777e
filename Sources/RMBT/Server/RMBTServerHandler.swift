import Foundation
import Glibc
import Logging
import NIOCore
import ServerLimits
import Sockets
import Transfer

/// Performs what an ``RMBTServerSession`` decides, on one connection.
final class RMBTServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: RMBTServer.Configuration
    private let register: RMBTConnectionRegister
    private let logger: Logger
    private var session: RMBTServerSession
    private var input = ByteBuffer()
    private var sender: (any ChunkSending)?
    private var stepTimeout: Scheduled<Void>?
    private var timedStep = 0
    private var tokenWait: Scheduled<Void>?
    private var connectionTimeout: Scheduled<Void>?
    private var arrival: RMBTArrivalHandler?
    /// Of the key that signed the token; nil before, and where none did.
    private var keyLabel: String?
    /// From the token on.
    private var admission: RMBTConnectionRegister.Admission?
    private var received: (any ByteAllowance)?
    /// What paces uploads and downloads; nil for no limit.
    private var receiveShare: RateShare?
    private var sendShare: RateShare?
    /// Reading rests until the rate has carried what was read.
    private var readPause: Scheduled<Void>?
    private var sent: Int64 = 0
    /// Known to the register, from the connection's beginning to its end.
    private var isOpen = false
    /// The connection is being closed: nothing is timed, performed or logged any more.
    private var isClosing = false
    private var isReading = true
    private var drain: SocketDrain

    init(configuration: RMBTServer.Configuration, register: RMBTConnectionRegister, logger: Logger) {
        self.configuration = configuration
        self.register = register
        self.logger = logger
        session = RMBTServerSession(mostBytes: configuration.mostBytesPerCommand)
        drain = SocketDrain(mark: configuration.uploadMark)
    }

    func channelActive(context: ChannelHandlerContext) {
        arrival = try? context.pipeline.syncOperations.handler(type: RMBTArrivalHandler.self)
        guard register.opened(context.channel) else { return close(.stopping, context) }
        isOpen = true
        let limit = TimeAmount.nanoseconds(configuration.connectionTimeout.wholeNanoseconds)
        connectionTimeout = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            close(.timeout("its test"), context)
        }
        perform(session.opened(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        input.append(unwrapInboundIn(data))
        readOn(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        setReading(context)
        guard context.channel.isWritable, input.readableBytes > 0 else { return }
        // Not from inside the flush that made room.
        context.eventLoop.assumeIsolated().execute { self.readOn(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        sent += sender?.bytes ?? 0
        sender?.cancel()
        sender = nil
        for timer in [stepTimeout, tokenWait, connectionTimeout, readPause] { timer?.cancel() }
        guard isOpen else { return }
        isOpen = false
        register.closed(context.channel)
        if let admission { register.ended(admission) }
        // Who left before the token is no news.
        logger.log(
            level: admission == nil ? .debug : .info,
            "connection ended",
            metadata: metadata(
                context,
                ["received_bytes": .stringConvertible(session.received), "sent_bytes": .stringConvertible(sent)]))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // From the handlers before this one.
        if let refusal = error as? RMBTRefusal { return close(refusal, context) }
        if (error as? IOError)?.errnoCode == ETIMEDOUT {
            return close(.timeout("taking what it asked for"), context, isBroken: true)
        }
        logger.debug("connection failed", metadata: metadata(context, ["error": "\(error)"]))
        if error is IOError { closeAtOnce(context) } else { context.close(promise: nil) }
    }

    private func closeAtOnce(_ context: ChannelHandlerContext) {
        if let arrival { arrival.closeAtOnce() } else { context.close(promise: nil) }
    }

    /// Takes what came in as far as the session understands it. What it performs may let it understand more: a line that came
    /// before its turn has waited in `input`, and so do those of a client that does not read the answers.
    private func readOn(_ context: ChannelHandlerContext) {
        while input.readableBytes > 0, !isClosing, context.channel.isWritable || session.isReceiving {
            let waiting = input.readableBytes
            let before = session.received
            let wasReceiving = session.isReceiving
            let now = MonotonicClock.now()
            perform(session.bytesReceived(&input, at: now), context)
            if session.received > before { drain.moved(Int(clamping: session.received - before), at: now) }
            if !wasReceiving, session.isReceiving { receiveShare?.streamBegan(at: MonotonicClock.now()) }
            spend(session.received - before, context)
            guard input.readableBytes < waiting else { break }
        }
        // While data flows its buffer is not kept.
        if input.readableBytes == 0 { input = ByteBuffer() }
        dropUnseen(context)
        setReading(context)
    }

    /// Takes what nobody looks at off the socket, before the channel reads on.
    private func dropUnseen(_ context: ChannelHandlerContext) {
        if receiveShare == nil { drain.follow(session.skippable, context) }
        // Where it stands further when the drops end.
        defer {
            if receiveShare == nil, !isClosing { drain.rest(session.skippable, context) { [self] in look(context) } }
        }
        for _ in 0..<SocketDrain.callsPerTurn {
            let skippable = min(session.skippable, receiveShare?.pieceSize ?? .max)
            guard readPause == nil, drain.isWorth(skippable, context), input.readableBytes == 0, !isClosing else {
                return
            }
            let dropped = drain.drop(upTo: skippable, context)
            guard dropped > 0 else { return }
            let before = session.received
            let now = MonotonicClock.now()
            drain.moved(dropped, at: now)
            perform(session.bytesSkipped(dropped, at: now), context)
            spend(session.received - before, context)
        }
    }

    /// Counts what a stalled chunk has brought, of which the kernel says nothing.
    private func look(_ context: ChannelHandlerContext) {
        drain.waitEnded()
        guard !isClosing else { return }
        dropUnseen(context)
    }

    /// Counts bytes of an upload; at most one read's lie beyond a quota.
    private func spend(_ bytes: Int64, _ context: ChannelHandlerContext) {
        guard bytes > 0 else { return }
        pauseReading(for: bytes, context)
        guard let received else { return }
        received.spend(Int(bytes))
        if received.isExhausted { perform(session.refused(spentQuota), context) }
    }

    /// What is not read fills the kernel's buffers, and TCP slows the client.
    private func pauseReading(for bytes: Int64, _ context: ChannelHandlerContext) {
        guard let receiveShare else { return }
        let now = MonotonicClock.now()
        receiveShare.moved(Int(bytes), at: now)
        guard let wait = receiveShare.wait(at: now) else { return }
        readPause?.cancel()
        readPause = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [self] in
            readPause = nil
            setReading(context)
        }
    }

    private var spentQuota: RMBTRefusal {
        .quota(admission?.grant.exhaustion.map { "\($0)" } ?? "a quota is used up")
    }

    /// A client that sends commands without reading what they bring waits.
    private func setReading(_ context: ChannelHandlerContext) {
        let isReading = readPause == nil && (context.channel.isWritable || session.isReceiving)
        guard isReading != self.isReading, !isClosing else { return }
        self.isReading = isReading
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    private func perform(_ actions: [RMBTServerSession.Action], _ context: ChannelHandlerContext) {
        var hasWritten = false
        for action in actions where !isClosing {
            switch action {
            case .report where !context.channel.isWritable: continue
            case .send(let line), .report(let line):
                context.write(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
                hasWritten = true
            case .judge(let token): judge(token, context)
            case .wait(let seconds): wait(seconds, context)
            case .sendChunks(let amount, let size): send(amount, size: size, context)
            case .close(let refusal): close(refusal, context)
            }
        }
        if hasWritten { context.flush() }
        restartStepTimeout(context)
    }

    private func judge(_ token: String, _ context: ChannelHandlerContext) {
        let now = configuration.tokenClock()
        let verdict =
            configuration.verifier?.verdict(on: token, from: arrival?.address, at: now) ?? .valid(keyLabel: "none")
        switch verdict {
        case .valid(let label), .early(let label, _):
            if configuration.verifier != nil { keyLabel = label }
            do throws(RMBTRefusal) {
                try admit(token, label, context, at: now)
            } catch {
                return perform(session.refused(error), context)
            }
        case .outsideWindow, .wrongAddress, .withoutAddress, .forged, .malformed: break
        }
        perform(session.tokenJudged(verdict), context)
    }

    private func admit(
        _ token: String, _ label: String, _ context: ChannelHandlerContext, at now: Int64
    ) throws(RMBTRefusal) {
        let identity = configuration.verifier.map { _ in RMBTTokenVerifier.identity(of: token) }
        let admission = try register.admit(token: identity, keyLabel: label, from: arrival?.source, at: now)
        self.admission = admission
        received = admission.grant.received
        arrival?.handshakeEnded(nil)
        let options = context.channel.syncOptions
        if let rates = admission.rates {
            let share = RateShare(rates.received)
            receiveShare = share
            sendShare = RateShare(rates.sent)
            try? options?.setOption(.recvAllocator, value: RMBTChannelOptions.receiveAllocator(for: share))
            try? options?.setOption(.maxMessagesPerRead, value: 1)
        } else {
            try? options?.setOption(.recvAllocator, value: RMBTChannelOptions.receiveAllocator)
        }
        logger.info("token accepted", metadata: metadata(context, [:]))
    }

    /// Waits for a token's time, which does not count as the client's.
    private func wait(_ seconds: Int64, _ context: ChannelHandlerContext) {
        tokenWait = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [self] in
            tokenWait = nil
            timedStep = -1
            perform(session.tokenTimeCame(), context)
            readOn(context)
        }
    }

    private func send(_ amount: RMBTServerSession.Amount, size: Int, _ context: ChannelHandlerContext) {
        let ending: ChunkPlan.Ending =
            switch amount {
            case .chunks(let count): .count(count)
            case .seconds(let seconds): .time(MonotonicClock.now() + Int64(seconds) * 1_000_000_000)
            }
        let plan = ChunkPlan(
            chunkSize: size, ending: ending, mostBytes: configuration.mostBytesPerCommand,
            allowance: admission?.grant.sent)
        sendShare?.streamBegan(at: MonotonicClock.now())
        let sender = sender(of: plan, context) { [self] in sendingEnded($0, context) }
        self.sender = sender
        sender.start(context)
    }

    /// What is neither paced nor wrapped leaves the event loop, as far as there are threads for it.
    private func sender(
        of plan: ChunkPlan, _ context: ChannelHandlerContext, ended: @escaping (ChunkSendingEnd) -> Void
    ) -> any ChunkSending {
        if plan.isBulk, sendShare == nil, PlainTransport.isUsed(by: context), let place = register.threads.take(),
            let thread = ChunkThread(plan, context, place: place, ended: ended)
        {
            return thread
        }
        return ChunkSender(plan, share: sendShare, ended: ended)
    }

    private func sendingEnded(_ end: ChunkSendingEnd, _ context: ChannelHandlerContext) {
        sent += sender?.bytes ?? 0
        sender = nil
        switch end {
        case .complete: break
        case .exhausted: return perform(session.refused(spentQuota), context)
        case .failed: return closeAtOnce(context)
        case .hungUp: return
        }
        session.lastChunkSent()
        // Not from inside the write that has just ended: closing there would lose what is still to be flushed.
        context.eventLoop.assumeIsolated().execute { self.readOn(context) }
    }

    private func restartStepTimeout(_ context: ChannelHandlerContext) {
        guard !isClosing, stepTimeout == nil || timedStep != session.step else { return }
        timedStep = session.step
        stepTimeout?.cancel()
        guard tokenWait == nil else { return }
        let limit = TimeAmount.nanoseconds(configuration.stepTimeout.wholeNanoseconds)
        stepTimeout = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            if session.isOwedConfirmation { discardUnsent(context) }
            perform(session.refused(.timeout("a step of its test")), context)
        }
    }

    /// What the kernel still holds goes with the connection: a client that reads slowly would keep it there for long.
    private func discardUnsent(_ context: ChannelHandlerContext) {
        _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }

    /// - Parameter isBroken: the socket takes nothing more.
    private func close(_ refusal: RMBTRefusal?, _ context: ChannelHandlerContext, isBroken: Bool = false) {
        guard !isClosing else { return }
        isClosing = true
        sender?.cancel()
        arrival?.handshakeEnded(refusal?.offence)
        if let refusal {
            logger.notice("connection refused", metadata: metadata(context, ["reason": "\(refusal)"]))
            tell(refusal)
        }
        if isBroken { return closeAtOnce(context) }
        context.flush()
        context.close(promise: nil)
    }

    private func tell(_ refusal: RMBTRefusal) {
        let peer = arrival?.address.map { "\($0)" } ?? "?"
        configuration.events(
            admission == nil
                ? .refused(peer: peer, keyLabel: keyLabel, refusal: refusal)
                : .ended(peer: peer, keyLabel: keyLabel, refusal: refusal))
    }

    private func metadata(_ context: ChannelHandlerContext, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        metadata["peer"] = "\(context.remoteAddress?.ipAddress ?? "?")"
        if let admission {
            metadata["key"] = "\(admission.keyLabel)"
            metadata["session"] = "\(admission.session.name)"
        }
        return metadata
    }
}
