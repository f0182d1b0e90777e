import NIOCore

/// Asks an HTTP port for RMBT, checks the answer, and makes way for what was asked for.
final class RMBTClientUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: RMBTUpgradeRequest
    private var reader = HTTPHeadReader()
    private var isOver = false

    init(_ request: RMBTUpgradeRequest) {
        self.request = request
    }

    func channelActive(context: ChannelHandlerContext) {
        // One write: the widely installed server reads its request with one read.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request.text)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        var input = unwrapInboundIn(data)
        do {
            guard try isAnswered(&input) else { return }
            isOver = true
            try makeWay(rest: input, context)
        } catch {
            isOver = true
            context.fireErrorCaught(error)
        }
    }

    private func isAnswered(_ input: inout ByteBuffer) throws(RMBTError) -> Bool {
        let head: HTTPHead?
        do {
            head = try reader.read(&input)
        } catch {
            // What stands in the first line says more than what is wrong with the others.
            if let line = reader.startLine { try request.check(startLine: line) }
            throw request.error(for: error)
        }
        if let head {
            try request.check(head)
        } else if let line = reader.startLine {
            try request.check(startLine: line)
        }
        return head != nil
    }

    private func makeWay(rest: ByteBuffer, _ context: ChannelHandlerContext) throws {
        let pipeline = context.pipeline.syncOperations
        if request.isForWebSocket {
            let frames = WebSocketFrameHandler(.client)
            try pipeline.addHandler(frames, position: .before(self))
            let framesContext = try pipeline.context(handler: frames)
            frames.channelRead(context: framesContext, data: wrapInboundOut(rest))
        } else if rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
