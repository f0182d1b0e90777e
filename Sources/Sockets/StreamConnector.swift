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

    /// Resolves `host` and connects to the first of its addresses that answers (``ConnectionRace``). Blocks its thread.
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
        var race = ConnectionRace(addresses, stop: stop, until: deadline)
        return race.run()
    }

    /// Connects to one address. Blocks its thread.
    public static func connect(
        to peer: PeerAddress, stop: StopSignal, until deadline: Int64
    ) -> Result<Connection, ConnectFailure> {
        var race = ConnectionRace([peer], stop: stop, until: deadline)
        return race.run()
    }

    /// Begins to connect to one address.
    ///
    /// - Returns: the socket, and whether it is open already.
    static func begin(to peer: PeerAddress) -> Result<(SocketDescriptor, isOpen: Bool), ConnectFailure> {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(peer.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard number >= 0 else { return .failure(.local(reason: words(for: errno))) }
        let descriptor = SocketDescriptor(owning: number)
        var on: CInt = 1
        setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        if peer.withSystemAddress({ Glibc.connect(number, $0, $1) }) == 0 {
            return .success((descriptor, isOpen: true))
        }
        guard errno == EINPROGRESS else { return .failure(failure(errno, peer)) }
        return .success((descriptor, isOpen: false))
    }

    /// What became of a connection that is no longer being opened; nil where it is open.
    static func failure(of socket: SocketDescriptor, to peer: PeerAddress) -> ConnectFailure? {
        var error: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &error, &length)
        // A peer that took the connection and reset it at once was there: the first read says so.
        return error == 0 || error == ECONNRESET ? nil : failure(error, peer)
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
