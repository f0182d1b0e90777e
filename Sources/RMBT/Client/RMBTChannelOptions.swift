import NIOCore
import Sockets

/// How the channels of both sides read and write.
enum RMBTChannelOptions {
    /// Reads are large while data flows and small for lines.
    static var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 1 << 16)
    }

    /// Where reading is paced each read is small, and what it brought is paid for before the next one.
    static func receiveAllocator(for share: RateShare) -> FixedSizeRecvByteBufferAllocator {
        FixedSizeRecvByteBufferAllocator(capacity: share.pieceSize)
    }

    /// Before its token a client has lines to say, and TLS a few kilobytes.
    static var handshakeAllocator: FixedSizeRecvByteBufferAllocator { FixedSizeRecvByteBufferAllocator(capacity: 2048) }

    /// TCP_USER_TIMEOUT of <linux/tcp.h>: the kernel gives a connection up whose peer takes no byte for so long.
    static let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))

    /// The option's value, in milliseconds.
    static func userTimeout(_ timeout: Duration) -> Int {
        Int(CInt(clamping: max(timeout.wholeNanoseconds / 1_000_000, 1)))
    }

    /// The sender keeps two pieces of 64 KiB in the channel by itself; the marks only say when lines must wait, each of which takes some
    /// times its length there.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 3 << 16, high: 1 << 18)
}
