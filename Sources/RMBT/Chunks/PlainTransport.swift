import NIOCore
import NIOSSL

/// Whether the bytes on a channel's socket are those of the protocol.
enum PlainTransport {
    /// - Returns: false where TLS or WebSocket frames stand around the chunks.
    static func isUsed(by context: ChannelHandlerContext) -> Bool {
        let pipeline = context.pipeline.syncOperations
        return (try? pipeline.handler(type: NIOSSLServerHandler.self)) == nil
            && (try? pipeline.handler(type: NIOSSLClientHandler.self)) == nil
            && (try? pipeline.handler(type: WebSocketFrameHandler.self)) == nil
    }
}
