import Glibc
import Sockets
import Testing

/// A TCP socket on the loopback interface, on a port that the system chose.
struct LoopbackSocket {
    enum Behaviour {
        /// Opens connections.
        case listening
        /// Holds its port and refuses connections.
        case refusing
        /// Drops the first packet of each further connection, as a blackhole would.
        case full
    }

    let port: Int
    private let socket: SocketDescriptor
    /// What fills the backlog.
    private let connections: [SocketDescriptor]

    init(_ behaviour: Behaviour, host: String = "127.0.0.1") throws {
        let deadline = MonotonicClock.now() + 1_000_000_000
        let any = try #require(try NameResolver.resolve(host, port: 0, until: deadline).get().first)
        let socket = try Self.open(any)
        try #require(any.withSystemAddress { bind(socket.number, $0, $1) } == 0)
        if behaviour != .refusing { try #require(listen(socket.number, behaviour == .full ? 0 : 64) == 0) }
        let bound = try Self.name(of: socket)
        self.socket = socket
        port = bound.port
        connections = try (0..<(behaviour == .full ? 4 : 0)).map { _ in
            let connection = try Self.open(bound)
            _ = bound.withSystemAddress { connect(connection.number, $0, $1) }
            return connection
        }
    }

    /// How many connections wait to be accepted; all of them are taken.
    func acceptedCount() -> Int {
        var count = 0
        while true {
            let connection = accept(socket.number, nil, nil)
            guard connection >= 0 else { return count }
            close(connection)
            count += 1
        }
    }

    private static func open(_ address: PeerAddress) throws -> SocketDescriptor {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(address.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        try #require(number >= 0)
        return SocketDescriptor(owning: number)
    }

    private static func name(of socket: SocketDescriptor) throws -> PeerAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(socket.number, $0, &length) == 0 ? PeerAddress($0, length: length) : nil
            }
        }
        return try #require(address)
    }
}
