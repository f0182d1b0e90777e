import NIOCore

/// Reads the HTTP request that begins a connection, answers it, and makes way for what was asked for.
///
/// It stands before the ``RMBTServerHandler``, whose deadlines run from the connection's beginning, and holds back its greeting
/// until the connection has changed its protocol.
final class RMBTServerUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case reading
        /// The request is answered; bytes pass.
        case upgraded
        /// The request is refused; what the client still sends is dropped.
        case refused
    }

    /// Lines of a greeting.
    private static let mostHeld = 8
    /// How long a refused client may take to read why, and how much it may send meanwhile.
    private static let lingering = TimeAmount.seconds(1)
    private static let mostDropped = 1 << 20

    private var state = State.reading
    private var reader = HTTPHeadReader()
    private var held: [(data: NIOAny, promise: EventLoopPromise<Void>?)] = []
    private var dropped = 0
    private var lingeringEnd: Scheduled<Void>?

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .upgraded: context.fireChannelRead(data)
        case .refused:
            dropped += unwrapInboundIn(data).readableBytes
            if dropped > Self.mostDropped { context.close(promise: nil) }
        case .reading:
            var input = unwrapInboundIn(data)
            do {
                guard let head = try readHead(&input) else { return }
                try accept(RMBTUpgrade(head), rest: input, context)
            } catch let refusal as RMBTUpgradeRefusal {
                refuse(refusal, context)
            } catch {
                context.fireErrorCaught(error)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        lingeringEnd?.cancel()
        failHeld(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    private func readHead(_ input: inout ByteBuffer) throws(RMBTUpgradeRefusal) -> HTTPHead? {
        do {
            return try reader.read(&input)
        } catch {
            throw RMBTUpgradeRefusal(error)
        }
    }

    // MARK: Answers

    /// - Parameter rest: what the client has sent behind its request.
    private func accept(_ upgrade: RMBTUpgrade, rest: ByteBuffer, _ context: ChannelHandlerContext) throws {
        state = .upgraded
        context.write(wrapOutboundOut(ByteBuffer(string: upgrade.response)), promise: nil)
        var frames: WebSocketFrameHandler?
        if case .webSocket = upgrade {
            let handler = WebSocketFrameHandler(.server)
            try context.pipeline.syncOperations.addHandler(handler, position: .before(self))
            frames = handler
        }
        for (data, promise) in held { context.write(data, promise: promise) }
        held = []
        context.flush()
        if rest.readableBytes > 0 {
            if let frames {
                let framesContext = try context.pipeline.syncOperations.context(handler: frames)
                frames.channelRead(context: framesContext, data: wrapInboundOut(rest))
            } else {
                context.fireChannelRead(wrapInboundOut(rest))
            }
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ refusal: RMBTUpgradeRefusal, _ context: ChannelHandlerContext) {
        state = .refused
        failHeld(ChannelError.operationUnsupported)
        context.fireErrorCaught(RMBTRefusal.violation("a request that was answered \(refusal.status)"))
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: refusal.response)), promise: nil)
        // A close with bytes unread is a reset, and the answer would be lost with it.
        context.close(mode: .output, promise: nil)
        lingeringEnd = context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) {
            context.close(promise: nil)
        }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch state {
        case .upgraded: context.write(data, promise: promise)
        case .reading where held.count < Self.mostHeld: held.append((data, promise))
        case .reading, .refused: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    func flush(context: ChannelHandlerContext) {
        if case .reading = state { return }
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The handler behind closes what was refused; the time for reading the answer is let pass.
        if case .refused = state {
            context.channel.closeFuture.cascade(to: promise)
            return
        }
        context.close(mode: mode, promise: promise)
    }

    private func failHeld(_ error: ChannelError) {
        for (_, promise) in held { promise?.fail(error) }
        held = []
    }
}
