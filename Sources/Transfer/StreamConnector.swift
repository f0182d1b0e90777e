import CSocket
import Glibc

/// Opens TCP connections in bounded time.
public enum StreamConnector {
    /// An open connection.
    public struct Connection: Sendable {
        public let socket: SocketDescriptor
        public let peer: PeerAddress
        /// Nanoseconds from the first packet to the open connection.
        public let roundTrip: Int64
    }

    /// Resolves `host` and connects to the first of its addresses that answers. Blocks its thread.
    ///
    /// The socket that it returns is non-blocking, closed on exec and without Nagle's delay.
    ///
    /// - Parameter deadline: for everything together, an instant of ``MonotonicClock``.
    public static func connect(
        host: String, port: Int, family: AddressFamily = .any, lookup: AddressLookup = .system, stop: StopSignal,
        until deadline: Int64
    ) -> Result<Connection, ConnectFailure> {
        let addresses: [PeerAddress]
        switch lookup.addresses(of: host, port: port, family: family, stop: stop, until: deadline) {
        case .success(let found): addresses = found
        case .failure(let failure): return .failure(failure)
        }
        var failure = ConnectFailure.stopped
        for (index, address) in addresses.enumerated() {
            // One address that drops packets must not eat the time of the next.
            let left = deadline - MonotonicClock.now()
            let share = left / Int64(addresses.count - index)
            switch connect(to: address, stop: stop, until: MonotonicClock.now() + share) {
            case .success(let connection): return .success(connection)
            case .failure(.stopped): return .failure(.stopped)
            case .failure(let next): failure = next
            }
        }
        return .failure(failure)
    }

    /// Connects to one address. Blocks its thread.
    public static func connect(
        to peer: PeerAddress, stop: StopSignal, until deadline: Int64
    ) -> Result<Connection, ConnectFailure> {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(peer.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard number >= 0 else { return .failure(.local(reason: words(for: errno))) }
        let descriptor = SocketDescriptor(owning: number)
        var on: CInt = 1
        setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        let began = MonotonicClock.now()
        if peer.withSystemAddress({ Glibc.connect(number, $0, $1) }) != 0 {
            guard errno == EINPROGRESS else { return .failure(self.failure(errno, peer)) }
            switch SocketWait.wait(for: number, POLLOUT, stop: stop, until: deadline) {
            case .stopped: return .failure(.stopped)
            case .timedOut:
                let seconds = (Double(deadline - began) / 1e8).rounded() / 10
                return .failure(.timedOut(address: peer.description, seconds: seconds))
            case .ready: break
            }
            var error: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length)
            // A peer that took the connection and reset it at once was there: the first read says so.
            if error != 0, error != ECONNRESET { return .failure(self.failure(error, peer)) }
        }
        return .success(
            Connection(socket: descriptor, peer: peer, roundTrip: MonotonicClock.now() - began))
    }

    private static func failure(_ error: CInt, _ peer: PeerAddress) -> ConnectFailure {
        switch error {
        case ECONNREFUSED: .refused(address: peer.description)
        case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EACCES, EPERM: .local(reason: words(for: error))
        default: .unreachable(address: peer.description, reason: words(for: error))
        }
    }

    private static func words(for error: CInt) -> String {
        String(cString: strerror(error)).lowercased()
    }
}
