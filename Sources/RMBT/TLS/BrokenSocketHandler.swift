import NIOCore

/// Stands before TLS and closes a connection whose socket has failed.
///
/// There is nobody to take leave of. Were TLS asked to close, it would wait 5 s for a farewell and keep all that the connection holds
/// until then, even though its channel is gone.
package final class BrokenSocketHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    package init() {}

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError { context.close(promise: nil) }
        context.fireErrorCaught(error)
    }
}
