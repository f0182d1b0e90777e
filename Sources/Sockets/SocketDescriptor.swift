import Glibc

/// The one owner of a socket's descriptor: it is closed when the last holder lets go.
public final class SocketDescriptor: Sendable {
    /// The descriptor's number, valid as long as this object lives.
    public let number: CInt

    /// Takes over an open descriptor; nobody else may close it.
    public init(owning number: CInt) {
        self.number = number
    }

    /// Makes a second descriptor of the same socket, so that its first owner may close its own.
    ///
    /// - Returns: nil when the process has no descriptor left.
    public init?(duplicating number: CInt) {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        self.number = copy
    }

    deinit {
        close(number)
    }

    /// A second descriptor of the same socket, which the caller must close; nil when the process has none left.
    public func duplicate() -> CInt? {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }

    /// Ends both directions at once: whoever waits on the socket wakes up.
    public func shutDown() {
        shutdown(number, CInt(SHUT_RDWR))
    }

    /// Ends the sending direction: the peer sees the end of the stream after what was sent.
    public func shutDownSending() {
        shutdown(number, CInt(SHUT_WR))
    }
}
