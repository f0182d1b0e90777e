import Glibc
import Sockets

/// The time that a TCP connection takes to open: one packet there and one back.
///
/// A refusal counts as an answer: the far side's kernel sends it as promptly as it would accept.
struct TCPConnectTransport: RoundTripTransport {
    /// Each one under way holds a descriptor, of which a process often has 1024.
    let mostUnderWay = 128

    private let peer: PeerAddress
    /// Whether a refusal is a round trip as good as any. Who looks for the address at which something listens has no use for one.
    private let countsRefusals: Bool
    private var sockets: [Int: SocketDescriptor] = [:]

    init(peer: PeerAddress, countsRefusals: Bool = true) {
        self.peer = peer
        self.countsRefusals = countsRefusals
    }

    var pollDescriptors: [pollfd] {
        sockets.values.map { pollfd(fd: $0.number, events: Int16(POLLOUT), revents: 0) }
    }

    mutating func start(_ number: Int) -> RoundTripStart {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(peer.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else { return .localFault(error: errno) }
        let socket = SocketDescriptor(owning: descriptor)
        guard peer.withSystemAddress({ connect(descriptor, $0, $1) }) != 0 else { return .answered }
        switch errno {
        case EINPROGRESS:
            sockets[number] = socket
            return .underWay
        case ECONNREFUSED where countsRefusals:
            return .answered
        default:
            return .lost(error: errno)
        }
    }

    mutating func collect() -> [RoundTripEvent] {
        guard !sockets.isEmpty else { return [] }
        let numbers = Array(sockets.keys)
        var descriptors = numbers.compactMap { sockets[$0] }
            .map { pollfd(fd: $0.number, events: Int16(POLLOUT), revents: 0) }
        guard poll(&descriptors, nfds_t(descriptors.count), 0) > 0 else { return [] }
        return zip(numbers, descriptors).compactMap { number, descriptor in
            guard descriptor.revents != 0 else { return nil }
            // Before the socket is let go, which closes it.
            var event = Self.event(number, of: descriptor.fd)
            if !countsRefusals, case .answered = event, descriptor.revents & Int16(POLLERR) != 0 {
                event = .lost(number, error: ECONNREFUSED)
            }
            sockets[number] = nil
            return event
        }
    }

    mutating func giveUp(_ number: Int) {
        sockets[number] = nil
    }

    /// What became of a connection that is no longer opening.
    private static func event(_ number: Int, of socket: CInt) -> RoundTripEvent {
        var error: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else {
            return .lost(number, error: errno)
        }
        return event(number, error: error)
    }

    /// - Parameter error: how the system says that the opening ended, 0 for an open connection.
    static func event(_ number: Int, error: CInt) -> RoundTripEvent {
        error == 0 || error == ECONNREFUSED ? .answered(number) : .lost(number, error: error)
    }
}
