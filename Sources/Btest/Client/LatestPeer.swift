import Sockets
import Synchronization

/// The address that a running test goes to, for those who measure beside it.
public final class LatestPeer: Sendable {
    private let peer = Mutex<PeerAddress?>(nil)

    public init() {}

    /// nil until the control connection is open.
    public var latest: PeerAddress? { peer.withLock { $0 } }

    public func set(_ latest: PeerAddress) {
        peer.withLock { $0 = latest }
    }
}
