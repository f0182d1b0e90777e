import Glibc
import NIOCore
import NIOSSL

/// Takes bytes off a connection's socket that nobody looks at: of a chunk only the last byte says anything, and the kernel drops
/// the others (`MSG_TRUNC`) for less than it copies them.
///
/// Beside the channel's own reading and on the channel's event loop. What the channel has read is taken
/// first, so that nothing changes its place.
struct SocketDrain {
    /// Fewer bytes are not worth a call.
    static let least = 1 << 15
    /// With one call; a quota is overshot by no more.
    private static let most = 1 << 18
    /// In a row, before the event loop looks after others.
    static let callsPerTurn = 8

    /// Whether the bytes on the socket are those of the protocol, and not of TLS or of WebSocket frames; nil before it was asked.
    private var isBare: Bool?

    /// Whether there is anything to drop: chunks without TLS and frames around them, of which so much is to come.
    mutating func isWorth(_ skippable: Int, _ context: ChannelHandlerContext) -> Bool {
        skippable >= Self.least && isBare(context)
    }

    private mutating func isBare(_ context: ChannelHandlerContext) -> Bool {
        if let isBare { return isBare }
        let pipeline = context.pipeline.syncOperations
        let isBare =
            (try? pipeline.handler(type: NIOSSLServerHandler.self)) == nil
            && (try? pipeline.handler(type: NIOSSLClientHandler.self)) == nil
            && (try? pipeline.handler(type: WebSocketFrameHandler.self)) == nil
        self.isBare = isBare
        return isBare
    }

    /// Drops up to `count` bytes that have come.
    ///
    /// - Returns: how many; 0 for none, or an end that the channel's own reading will tell.
    func drop(upTo count: Int, _ context: ChannelHandlerContext) -> Int {
        let length = min(count, Self.most)
        let dropped = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self)
        {
            recv($0, nil, length, CInt(MSG_TRUNC | MSG_DONTWAIT))
        }
        return max(dropped ?? 0, 0)
    }
}
