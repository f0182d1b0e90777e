import Logging
import NIOCore
import Transfer

/// Performs what a ``BtestServerSession`` decides, on one accepted connection, until its descriptor goes to a test.
final class BtestHandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: BtestServer.Configuration
    private let desk: BtestAdmissionDesk
    private let logger: Logger
    private var session: BtestServerSession
    private var timeout: Scheduled<Void>?
    private var isOver = false

    init(configuration: BtestServer.Configuration, desk: BtestAdmissionDesk, logger: Logger) {
        self.configuration = configuration
        self.desk = desk
        self.logger = logger
        var random = SystemRandomNumberGenerator()
        session = BtestServerSession(
            accounts: configuration.accounts,
            nonce: (0..<BtestAnswer.nonceLength).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    func channelActive(context: ChannelHandlerContext) {
        let deadline = TimeAmount.nanoseconds(configuration.handshakeTimeout.wholeNanoseconds)
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: deadline) { [self] in
            refuse(.handshakeTimeout, context)
        }
        perform(session.accepted(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        for action in session.bytesReceived(unwrapInboundIn(data).readableBytesView) where !isOver {
            perform(action, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        isOver = true
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("connection failed", metadata: metadata(context, ["error": "\(error)"]))
        context.close(promise: nil)
    }

    private func perform(_ action: BtestServerSession.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .send(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .close(let refusal): refuse(refusal, context)
        case .closeAfter(let bytes, let refusal): refuse(refusal, context, saying: bytes)
        case .admit(let command, let userName): admit(command, userName, context)
        case .join(let token):
            guard let host = context.remoteAddress?.ipAddress, desk.canJoin(token: token, from: host) else {
                return refuse(.unknownToken, context)
            }
            handOver(BtestAnswer.begin(token: token), context) { [desk] in desk.joined($0, token: token) }
        }
    }

    private func admit(_ command: BtestCommand, _ userName: String?, _ context: ChannelHandlerContext) {
        guard command.transport == .tcp else {
            return refuse(.unsupported("UDP tests are not supported yet"), context, saying: BtestAnswer.refused.encoded)
        }
        guard let host = context.remoteAddress?.ipAddress,
            let ticket = desk.admit(command, userName: userName, from: host)
        else {
            return refuse(
                .tooManySessions(limit: configuration.maxSessions), context, saying: BtestAnswer.refused.encoded)
        }
        handOver(BtestAnswer.begin(token: ticket.token), context) { [desk] in desk.opened($0, ticket: ticket) }
    }

    /// Sends the last answer, gives a second descriptor of the socket away and closes the channel's own: from then on
    /// the stream belongs to the test's threads.
    private func handOver(
        _ answer: BtestAnswer, _ context: ChannelHandlerContext, to receiver: @escaping (SocketDescriptor?) -> Void
    ) {
        isOver = true
        timeout?.cancel()
        // Whatever the client sends now is test data, and not for this channel to read.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let written = context.eventLoop.makePromise(of: Void.self)
        let pipeline = context.pipeline.syncOperations
        let channel = context.channel
        written.futureResult.assumeIsolated().whenComplete { result in
            var socket: SocketDescriptor?
            if case .success = result {
                socket =
                    try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                        SocketDescriptor(duplicating: $0)
                    } ?? nil
            }
            receiver(socket)
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.encoded)), promise: written)
    }

    private func refuse(_ refusal: BtestRefusal, _ context: ChannelHandlerContext, saying bytes: [UInt8]? = nil) {
        guard !isOver else { return }
        isOver = true
        timeout?.cancel()
        logger.notice("test refused", metadata: metadata(context, ["reason": "\(refusal)"]))
        guard let bytes else { return context.close(promise: nil) }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
    }

    private func metadata(_ context: ChannelHandlerContext, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["peer": "\(context.remoteAddress?.ipAddress ?? "?")"]) { $1 }
    }
}
