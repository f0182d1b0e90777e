import NIOSSL
import Synchronization

/// The certificate and key that a server shows to those who connect now; it may be replaced while the server runs.
public final class TLSContextSource: Sendable {
    private let context: Mutex<NIOSSLContext>

    public init(_ context: NIOSSLContext) {
        self.context = Mutex(context)
    }

    /// For the next connection; running ones keep theirs.
    public var current: NIOSSLContext { context.withLock { $0 } }

    /// Takes another certificate from the next connection on.
    public func replace(with context: NIOSSLContext) {
        self.context.withLock { $0 = context }
    }
}
