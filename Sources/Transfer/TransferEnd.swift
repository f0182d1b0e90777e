/// Why a loop that moves bytes ended.
public enum TransferEnd: Sendable, Equatable {
    /// Its time was over.
    case deadline
    /// It was told to stop.
    case stopped
    /// The peer ended the stream.
    case peerClosed
    /// Its ``ByteAllowance`` was spent.
    case exhausted
    /// The socket failed with this error number.
    case failed(errno: CInt)
}
