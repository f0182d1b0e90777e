import Glibc
import NIOCore
import Transfer

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
    private var descriptor: NIOBSDSocket.Handle?

    /// The channel's own reads are short: what they bring is copied, and they come between the drops only to keep the channel going.
    private var readsLittle = false

    /// How much wakes the event loop while there is much to drop.
    private var mark: LowWaterMark
    /// What the kernel was told; 1 for lines and near the end of a chunk.
    private var lowWater = 1
    /// What the kernel's buffer allows; nil where it was not asked since the last wait.
    private var mostLowWater: Int?
    /// Until when less than the low-water mark may lie on the socket.
    private var wait: Scheduled<Void>?
    private var hasMovedInWait = false
    private var isSilent = false

    /// Wakes the event loop once for what comes in some 400 us, which is a few drops.
    static let mark = LowWaterMark(largest: 1 << 20, horizon: 400_000)

    init(mark: LowWaterMark = Self.mark) {
        self.mark = mark
    }

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
    mutating func drop(upTo count: Int, _ context: ChannelHandlerContext) -> Int {
        guard let socket = socket(context) else { return 0 }
        return max(recv(socket, nil, min(count, Self.most), CInt(MSG_TRUNC | MSG_DONTWAIT)), 0)
    }

    /// The channel's descriptor; nil once it is closed, when the number may be another's.
    ///
    /// To ask the channel takes a cast that costs more than a drop does. On its event loop a channel is active as long as its
    /// descriptor is open.
    private mutating func socket(_ context: ChannelHandlerContext) -> NIOBSDSocket.Handle? {
        guard context.channel.isActive else { return nil }
        if let descriptor { return descriptor }
        descriptor = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable { $0 }
        return descriptor
    }

    /// Notes that bytes of chunks came, dropped or read.
    mutating func moved(_ bytes: Int, at now: Int64) {
        mark.received(bytes, at: now)
        hasMovedInWait = true
        isSilent = false
    }

    /// Lets the event loop rest until a fast stream has brought enough for a drop, or the wait is over.
    ///
    /// - Parameters:
    ///   - skippable: as for ``follow(_:_:)``. The mark never lies beyond the end of the chunk, which may be the last.
    ///   - look: called when the wait is over; has to call ``waitEnded()``, drop what is there, and rest again.
    mutating func rest(_ skippable: Int, _ context: ChannelHandlerContext, look: @escaping () -> Void) {
        if isSilent {
            mark.fellSilent()
            isSilent = false
        }
        let wanted =
            mark.bytes > 1 && isWorth(skippable, context) ? min(mark.bytes, skippable + 1, mostLowWater(context)) : 1
        if wanted != lowWater { set(wanted, context) }
        guard lowWater > 1, wait == nil else { return }
        hasMovedInWait = false
        wait = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(mark.longestWait), look)
    }

    /// Notes that the time to look by itself has come.
    mutating func waitEnded() {
        wait = nil
        mostLowWater = nil
        isSilent = !hasMovedInWait
    }

    /// A quarter of the kernel's buffer, which it fits to the line: a sender must never wait for a window that this mark keeps full.
    private mutating func mostLowWater(_ context: ChannelHandlerContext) -> Int {
        if let mostLowWater { return mostLowWater }
        var size: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard let socket = socket(context), getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, &length) == 0 else {
            return 1
        }
        let most = max(Int(size) / 4, 1)
        mostLowWater = most
        return most
    }

    private mutating func set(_ bytes: Int, _ context: ChannelHandlerContext) {
        guard let socket = socket(context) else { return }
        LowWaterMark.set(bytes, on: socket)
        lowWater = bytes
    }
}
