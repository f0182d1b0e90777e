import NIOCore

/// Puts what an RMBT connection writes into WebSocket frames and takes what it reads out of them.
///
/// Each write from above is one line and becomes one frame. Chunks come framed already, by ``ChunkSender``, through
/// ``write(chunks:endingInsideFrame:promise:)``. Confined to its event loop.
final class WebSocketFrameHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Status codes of close frames (RFC 6455, section 7.4.1).
    private enum Status {
        static let normal: UInt16 = 1000
        static let protocolError: UInt16 = 1002
    }

    /// What a server's text frames may hold, by the field's convention; the rest is binary.
    private static let textLengths = 2...4093

    private let side: WebSocketSide
    private var reader: WebSocketFrameReader
    private var random = SystemRandomNumberGenerator()
    private var context: ChannelHandlerContext?
    /// The payload of a ping whose answer would stand inside a chunk's frame.
    private var waitingPong: [UInt8]?
    private var isInsideFrame = false
    private var hasSaidGoodbye = false

    init(_ side: WebSocketSide) {
        self.side = side
        reader = WebSocketFrameReader(from: side == .client ? .server : .client)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let reading = reader.read(unwrapInboundIn(data))
        if reading.payload.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(reading.payload)) }
        if let ping = reading.ping { answer(ping, context) }
        switch reading.end {
        case nil: break
        case .closed(let code):
            sayGoodbye(code, context)
            context.close(promise: nil)
        case .violation(let violation):
            sayGoodbye(Status.protocolError, context)
            switch side {
            case .server: context.fireErrorCaught(RMBTRefusal.violation("\(violation)"))
            case .client:
                context.fireErrorCaught(RMBTError.violation(step: "a proper WebSocket frame", detail: "\(violation)"))
            }
        }
    }

    private func answer(_ ping: [UInt8], _ context: ChannelHandlerContext) {
        guard !isInsideFrame else {
            waitingPong = ping
            return
        }
        // Who pings without reading the answers gets no more of them.
        guard context.channel.isWritable, !hasSaidGoodbye else { return }
        context.writeAndFlush(wrapOutboundOut(frame(.pong, ByteBuffer(bytes: ping), context)), promise: nil)
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let line = unwrapOutboundIn(data)
        // Inside a chunk's frame a line would be taken for the chunk's bytes.
        guard !isInsideFrame, !hasSaidGoodbye else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        let isText = side == .client || Self.textLengths.contains(line.readableBytes)
        context.write(wrapOutboundOut(frame(isText ? .text : .binary, line, context)), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { sayGoodbye(Status.normal, context) }
        context.close(mode: mode, promise: promise)
    }

    private func sayGoodbye(_ code: UInt16?, _ context: ChannelHandlerContext) {
        guard !hasSaidGoodbye else { return }
        hasSaidGoodbye = true
        guard !isInsideFrame else { return }
        var payload = ByteBuffer()
        if let code { payload.writeInteger(code) }
        context.writeAndFlush(wrapOutboundOut(frame(.close, payload, context)), promise: nil)
    }

    private func frame(
        _ opcode: WebSocketFrameHeader.Opcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext
    ) -> ByteBuffer {
        header(opcode, length: payload.readableBytes).frame(payload.readableBytesView, context.channel.allocator)
    }

    private func header(_ opcode: WebSocketFrameHeader.Opcode, length: Int) -> WebSocketFrameHeader {
        // Each frame has a key that nobody can guess (RFC 6455, section 5.3); a server's has none.
        WebSocketFrameHeader(
            opcode, length: length, mask: side == .client ? WebSocketMask(key: random.next()) : nil)
    }

    // MARK: Chunks

    /// The header for a chunk, which is one binary frame, as a browser's is.
    func chunkHeader(size: Int) -> WebSocketFrameHeader {
        header(.binary, length: size)
    }

    /// Bytes of the header for a chunk.
    func chunkHeaderSize(for size: Int) -> Int {
        WebSocketFrameHeader.size(ofFrameWith: size, isMasked: side == .client)
    }

    /// Writes frames, or parts of one, with their headers in place.
    ///
    /// - Parameter endsInsideFrame: the rest of the last frame is to be written next.
    func write(chunks: ByteBuffer, endingInsideFrame endsInsideFrame: Bool, promise: EventLoopPromise<Void>) {
        guard let context, !hasSaidGoodbye || isInsideFrame else {
            promise.fail(ChannelError.ioOnClosedChannel)
            return
        }
        isInsideFrame = endsInsideFrame
        context.writeAndFlush(wrapOutboundOut(chunks), promise: promise)
        if !endsInsideFrame, let ping = waitingPong {
            waitingPong = nil
            answer(ping, context)
        }
    }
}
