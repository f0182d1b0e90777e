import CSocket
import Glibc

extension SocketDescriptor {
    /// Lets the kernel ask the peer's kernel of a TCP connection each second in which nothing comes whether it is still there.
    ///
    /// It never ends the connection for that: within the time of a test a way may come back.
    public func askAfterPeer() {
        for (level, option, value) in [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (CInt(IPPROTO_TCP), TCP_KEEPIDLE, 1), (CInt(IPPROTO_TCP), TCP_KEEPINTVL, 1),
            (CInt(IPPROTO_TCP), TCP_KEEPCNT, 127),
        ] as [(CInt, CInt, CInt)] {
            var value = value
            setsockopt(number, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// For how long, in nanoseconds, nothing at all has come from the peer's kernel though it owes an answer; 0 where it owes none.
    ///
    /// It tells a peer that is gone, or the way to it, from one that is there and silent: that one's kernel answers. Needs
    /// ``askAfterPeer()`` where this side sends nothing.
    public var unansweredFor: Int64 { csocket_unanswered(number) }
}
