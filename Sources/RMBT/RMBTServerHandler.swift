import Foundation
import Logging
import NIOCore
import Transfer

/// Performs what an ``RMBTServerSession`` decides, on one connection.
final class RMBTServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: RMBTServer.Configuration
    private let register: RMBTConnectionRegister
    private let logger: Logger
    private var session = RMBTServerSession()
    private var input = ByteBuffer()
    private var sender: ChunkSender?
    private var stepTimeout: Scheduled<Void>?
    private var timedStep = 0
    private var connectionTimeout: Scheduled<Void>?
    private var token: String?
    private var sent: Int64 = 0
    private var isOpen = false

    init(configuration: RMBTServer.Configuration, register: RMBTConnectionRegister, logger: Logger) {
        self.configuration = configuration
        self.register = register
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        guard register.opened(context.channel) else {
            logger.notice(
                "connection refused",
                metadata: metadata(context, ["reason": "all \(configuration.maxConnections) connections are in use"]))
            return context.close(promise: nil)
        }
        isOpen = true
        let limit = TimeAmount.nanoseconds(configuration.connectionTimeout.wholeNanoseconds)
        connectionTimeout = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            close(.timeout("its test"), context)
        }
        perform(session.opened(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        // What a line left over goes first; while data flows there is nothing, and the piece is not copied.
        if input.readableBytes > 0 {
            input.writeBuffer(&piece)
            swap(&input, &piece)
            input.clear()
        }
        perform(session.bytesReceived(&piece, at: MonotonicClock.now()), context)
        if piece.readableBytes > 0 { input = piece }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sender?.pump(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        sent += sender?.bytes ?? 0
        sender?.cancel()
        sender = nil
        stepTimeout?.cancel()
        connectionTimeout?.cancel()
        guard isOpen else { return }
        isOpen = false
        register.closed(context.channel, token: token)
        logger.info(
            "connection ended",
            metadata: metadata(context, ["received_bytes": "\(session.received)", "sent_bytes": "\(sent)"]))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("connection failed", metadata: metadata(context, ["error": "\(error)"]))
        context.close(promise: nil)
    }

    private func perform(_ actions: [RMBTServerSession.Action], _ context: ChannelHandlerContext) {
        guard !actions.isEmpty else { return }
        var hasWritten = false
        for action in actions {
            switch action {
            case .send(let line):
                // A client that does not read its reports gets fewer of them.
                guard context.channel.isWritable else { continue }
                context.write(wrapOutboundOut(ByteBuffer(string: line)), promise: nil)
                hasWritten = true
            case .judge(let token): judge(token, context)
            case .wait(let seconds):
                context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [self] in
                    perform(session.tokenTimeCame(), context)
                }
            case .sendChunks(let amount, let size): send(amount, size: size, context)
            case .close(let refusal): close(refusal, context)
            }
        }
        if hasWritten { context.flush() }
        restartStepTimeout(context)
    }

    private func judge(_ token: String, _ context: ChannelHandlerContext) {
        guard let verifier = configuration.verifier else {
            return perform(session.tokenJudged(.valid(keyLabel: "none")), context)
        }
        let verdict = verifier.verdict(on: token, at: Int64(Date().timeIntervalSince1970))
        switch verdict {
        case .valid(let label), .early(let label, _):
            guard register.use(token: token) else { return close(.tokenUsedUp, context) }
            self.token = token
            logger.info("token accepted", metadata: metadata(context, ["key": "\(label)"]))
        case .outsideWindow, .forged, .malformed: break
        }
        perform(session.tokenJudged(verdict), context)
    }

    private func send(_ amount: RMBTServerSession.Amount, size: Int, _ context: ChannelHandlerContext) {
        let ending: ChunkSender.Ending =
            switch amount {
            case .chunks(let count): .count(count)
            case .seconds(let seconds): .time(MonotonicClock.now() + Int64(seconds) * 1_000_000_000)
            }
        let sender = ChunkSender(chunkSize: size, ending: ending) { [self] result in
            sent += self.sender?.bytes ?? 0
            self.sender = nil
            guard case .success = result else { return context.close(promise: nil) }
            session.lastChunkSent()
            var early = input
            input.clear()
            perform(session.bytesReceived(&early, at: MonotonicClock.now()), context)
            input = early
        }
        self.sender = sender
        sender.pump(context)
    }

    private func restartStepTimeout(_ context: ChannelHandlerContext) {
        guard stepTimeout == nil || timedStep != session.step else { return }
        timedStep = session.step
        stepTimeout?.cancel()
        let limit = TimeAmount.nanoseconds(configuration.stepTimeout.wholeNanoseconds)
        stepTimeout = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            close(.timeout("a step of its test"), context)
        }
    }

    private func close(_ refusal: RMBTRefusal?, _ context: ChannelHandlerContext) {
        if let refusal {
            logger.notice("connection refused", metadata: metadata(context, ["reason": "\(refusal)"]))
        }
        context.flush()
        context.close(promise: nil)
    }

    private func metadata(_ context: ChannelHandlerContext, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["peer": "\(context.remoteAddress?.ipAddress ?? "?")"]) { $1 }
    }
}
