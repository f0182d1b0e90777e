import NIOCore

/// Notes whether bytes of a request came that are no whole head yet; stands before the decoder.
final class RequestArrival: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Bytes came since the last whole head.
    var isPartial = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isPartial = true
        context.fireChannelRead(data)
    }
}
