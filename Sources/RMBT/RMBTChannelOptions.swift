import NIOCore

/// How the channels of both sides read and write.
enum RMBTChannelOptions {
    /// Reads are large while data flows and small for lines.
    static var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 1 << 18)
    }

    /// The sender keeps two pieces in the channel by itself; the marks only say when lines must wait.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 19, high: 1 << 20)
}
