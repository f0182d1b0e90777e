import NIOCore

/// What sends a stream of chunks over a channel, on its event loop or beside it. Used on the event loop alone.
protocol ChunkSending: AnyObject {
    /// Bytes of chunks since the start; no peer can have received more.
    var bytes: Int64 { get }

    /// Whether the peer may have the last chunk though the end has not been told yet: its answer can overtake a thread.
    var mayBeComplete: Bool { get }

    /// Begins to send. Called once.
    func start(_ context: ChannelHandlerContext)

    /// Stops sending; nobody is told of the end any more.
    func cancel()
}

/// How a stream of chunks ended on the sender's side.
enum ChunkSendingEnd: Sendable {
    /// The last chunk is in the kernel's hands.
    case complete
    /// The ``ByteAllowance`` was spent before.
    case exhausted
    /// A write failed.
    case failed
    /// The connection has ended, and the channel is about to hear why.
    case hungUp
}
