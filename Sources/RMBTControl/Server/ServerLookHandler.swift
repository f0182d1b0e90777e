import NIOCore
import NIOTLS

/// One visit to a server: waits for its greeting, asks for the HTTP upgrade where none comes, and takes its leave.
final class ServerLookHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    fileprivate enum State {
        /// A classic server speaks now.
        case awaitingGreeting
        /// The upgrade was asked for.
        case awaitingUpgrade
        case done
    }

    /// More than a greeting or the head of an answer ever has.
    private static let mostBytes = 8192

    private let host: String
    private let hasTLS: Bool
    private let expected: ControlledServer.Kind?
    private let promise: EventLoopPromise<ControlledServer.Kind?>
    private var state = State.awaitingGreeting
    private var input = ByteBuffer()
    private var silence: Scheduled<Void>?
    private var end: Scheduled<Void>?

    /// - Parameters:
    ///   - host: for the Host line.
    ///   - expected: nil finds out.
    init(
        host: String, hasTLS: Bool, expected: ControlledServer.Kind?,
        promise: EventLoopPromise<ControlledServer.Kind?>
    ) {
        self.host = host
        self.hasTLS = hasTLS
        self.expected = expected
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        end = context.eventLoop.assumeIsolated().scheduleTask(in: ServerLook.connectionTime) { [self] in
            finish(nil, context)
        }
        if context.channel.isActive, !hasTLS { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if !hasTLS { begin(context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The silence counts from the end of the handshake, and a request would wait for it in the pipeline.
        if case .handshakeCompleted? = event as? TLSUserEvent { begin(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        guard input.readableBytes <= Self.mostBytes else { return finish(nil, context) }
        switch state {
        case .awaitingGreeting:
            guard input.readableBytes >= Self.greeting.count else { return }
            finish(startsWithGreeting(input) && expected != .http ? .classic : nil, context)
        case .awaitingUpgrade: readUpgrade(context)
        case .done: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(nil, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(nil, context)
    }

    // MARK: Parts

    private static let greeting = Array("RMBTv".utf8)

    private func begin(_ context: ChannelHandlerContext) {
        guard case .awaitingGreeting = state, expected != .classic else { return }
        silence?.cancel()
        let time = expected == .http ? TimeAmount.milliseconds(1) : ServerLook.greetingTime
        silence = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in ask(context) }
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard case .awaitingGreeting = state else { return }
        state = .awaitingUpgrade
        let request = "GET /rmbt HTTP/1.1\r\nHost: \(host)\r\nConnection: Upgrade\r\nUpgrade: RMBT\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    private func readUpgrade(_ context: ChannelHandlerContext) {
        let bytes = Array(input.readableBytesView)
        let wanted = Array("HTTP/1.1 101".utf8)
        guard bytes.prefix(wanted.count).elementsEqual(wanted.prefix(bytes.count)) else { return finish(nil, context) }
        guard let end = Self.headEnd(of: bytes) else { return }
        // The widely installed server sends a NUL before its greeting.
        let rest = bytes[end...].drop { $0 == 0 }
        guard rest.count >= Self.greeting.count else { return }
        finish(rest.prefix(Self.greeting.count).elementsEqual(Self.greeting) ? .http : nil, context)
    }

    private static func headEnd(of bytes: [UInt8]) -> Int? {
        let blank: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard bytes.count >= blank.count else { return nil }
        return (0...bytes.count - blank.count).first { bytes[$0..<$0 + blank.count].elementsEqual(blank) }
            .map { $0 + blank.count }
    }

    private func startsWithGreeting(_ buffer: ByteBuffer) -> Bool {
        buffer.readableBytesView.prefix(Self.greeting.count).elementsEqual(Self.greeting)
    }

    /// Ends the visit; a server that greeted is told so, as its own greeting invites to.
    private func finish(_ kind: ControlledServer.Kind?, _ context: ChannelHandlerContext) {
        guard state.isOpen else { return }
        state = .done
        silence?.cancel()
        end?.cancel()
        promise.succeed(kind)
        if kind != nil {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "QUIT\n")), promise: nil)
        }
        context.close(promise: nil)
    }
}

extension ServerLookHandler.State {
    fileprivate var isOpen: Bool { if case .done = self { false } else { true } }
}
