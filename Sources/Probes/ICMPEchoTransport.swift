import CSocket
import Glibc
import Sockets

/// ICMP echo over a datagram socket, which needs no privilege but the group's admission, else over a raw one, which needs CAP_NET_RAW.
struct ICMPEchoTransport: RoundTripTransport {
    enum OpenFailure: Error, Equatable {
        /// The system does not let this process send echo requests of this family.
        case notPermitted
        /// The system knows no way to the peer.
        case unreachable(error: CInt)
        case system(error: CInt)
    }

    /// One socket serves them all; the limit is that of the sequence numbers.
    let mostUnderWay = 65536

    private let socket: SocketDescriptor
    private let echo: ICMPEcho
    /// Whether messages come with their IP header, as on a raw socket of IPv4.
    private let hasIPHeader: Bool

    static func open(to peer: PeerAddress) -> Result<ICMPEchoTransport, OpenFailure> {
        let datagram = open(to: peer, SOCK_DGRAM)
        guard case .failure(.notPermitted) = datagram else { return datagram }
        return open(to: peer, SOCK_RAW)
    }

    private static func open(
        to peer: PeerAddress, _ kind: __socket_type
    ) -> Result<ICMPEchoTransport, OpenFailure> {
        let type = CInt(kind.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number =
            peer.isIPv6
            ? Glibc.socket(AF_INET6, type, CInt(IPPROTO_ICMPV6)) : Glibc.socket(AF_INET, type, CInt(IPPROTO_ICMP))
        guard number >= 0 else {
            switch errno {
            case EACCES, EPERM, EPROTONOSUPPORT, EAFNOSUPPORT: return .failure(.notPermitted)
            default: return .failure(.system(error: errno))
            }
        }
        let isRaw = kind == SOCK_RAW
        let socket = SocketDescriptor(owning: number)
        reportNetworkErrors(of: number, isIPv6: peer.isIPv6)
        guard peer.withSystemAddress({ connect(number, $0, $1) }) == 0 else {
            return .failure(.unreachable(error: errno))
        }
        let echo = ICMPEcho(isIPv6: peer.isIPv6, isRaw: isRaw)
        // Every raw socket on a peer hears the answers to all of them: hundreds of tests at once would wake one another. Without the filter
        // they do, and the cookie still tells whose an answer is.
        if isRaw { _ = csocket_hear_echo_replies(number, peer.isIPv6 ? 1 : 0, echo.identifier) }
        return .success(
            ICMPEchoTransport(socket: socket, echo: echo, hasIPHeader: isRaw && !peer.isIPv6))
    }

    var pollDescriptors: [pollfd] { [pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)] }

    mutating func start(_ number: Int) -> RoundTripStart {
        guard let number = UInt16(exactly: number) else { return .lost(error: EOVERFLOW) }
        let request = echo.request(number)
        // A router's word on an earlier request fails the next call, whichever it is: then nothing has been sent.
        for _ in 0..<2 where send(socket.number, request, request.count, CInt(MSG_NOSIGNAL)) == request.count {
            return .underWay
        }
        return .lost(error: errno)
    }

    mutating func collect() -> [RoundTripEvent] {
        var events: [RoundTripEvent] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            if count >= 0 {
                // A raw socket hands over whatever the peer sends by ICMP; the cookie tells which is meant.
                let header = hasIPHeader ? Int(buffer[0] & 0x0F) * 4 : 0
                if let number = echo.repliedNumber(buffer.prefix(count).dropFirst(header)) {
                    events.append(.answered(Int(number)))
                }
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                discardErrorQueue()
                return events
            } else if errno != EINTR {
                // A router's word on an earlier request; it does not matter on which.
                events.append(.lost(nil, error: errno))
            }
        }
    }

    mutating func giveUp(_ number: Int) {}

    /// Lets "destination unreachable" show as an error of the socket.
    private static func reportNetworkErrors(of socket: CInt, isIPv6: Bool) {
        var on: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        if isIPv6 {
            setsockopt(socket, CInt(IPPROTO_IPV6), IPV6_RECVERR, &on, length)
        } else {
            setsockopt(socket, CInt(IPPROTO_IP), IP_RECVERR, &on, length)
        }
    }

    /// As long as its queue of errors holds one, `poll` would return at once.
    private func discardErrorQueue() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let flags = CInt(MSG_ERRQUEUE) | CInt(MSG_DONTWAIT)
        while recv(socket.number, &buffer, buffer.count, flags) >= 0 {}
    }
}
