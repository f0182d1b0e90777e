import Glibc
import NIOCore

/// Takes bytes off a connection's socket that nobody looks at: of a chunk only the last byte says anything, and the kernel drops
/// the others (`MSG_TRUNC`) for less than it copies them.
///
/// Beside the channel's own reading and on the channel's event loop. What the channel has read is taken
/// first, so that nothing changes its place.
struct SocketDrain {
    /// Fewer bytes are not worth a call.
    static let least = 1 << 14
    /// With one call; a quota is overshot by no more.
    private static let most = 1 << 18
    private static let shortRead = 1 << 13
    /// In a row, before the event loop looks after others.
    static let callsPerTurn = 8

    /// Whether the bytes on the socket are those of the protocol, and not of TLS or of WebSocket frames; nil before it was asked.
    private var isBare: Bool?

    /// The channel's own reads are short: what they bring is copied, and they come between the drops only to keep the channel going.
    private var readsLittle = false

    /// Fits the channel's own reads to a stream of which so many bytes can be dropped, or to what else comes.
    ///
    /// - Parameter skippable: 0 where no chunks come in.
    mutating func follow(_ skippable: Int, _ context: ChannelHandlerContext) {
        // Near a chunk's end there is little to drop; the next chunk begins soon.
        let wanted = skippable >= Self.least || (readsLittle && skippable > 0)
        guard wanted != readsLittle, isBare(context) else { return }
        readsLittle = wanted
        let options = context.channel.syncOptions
        if wanted {
            try? options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.shortRead))
        } else {
            try? options?.setOption(.recvAllocator, value: RMBTChannelOptions.receiveAllocator)
        }
    }

    /// Whether there is anything to drop: chunks without TLS and frames around them, of which so much is to come.
    mutating func isWorth(_ skippable: Int, _ context: ChannelHandlerContext) -> Bool {
        skippable >= Self.least && isBare(context)
    }

    private mutating func isBare(_ context: ChannelHandlerContext) -> Bool {
        if let isBare { return isBare }
        let isBare = PlainTransport.isUsed(by: context)
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
