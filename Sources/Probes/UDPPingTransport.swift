import Glibc
import RMBT
import Sockets

/// Round trips to the UDP ping service beside an RMBT server (docs/protocols/rmbt.md, UDP ping).
///
/// The proof names this machine's own address. Behind a NAT the server sees another one and says so in a reply of its own, which is a
/// round trip like any other.
struct UDPPingTransport: RoundTripTransport {
    /// One socket serves them all; the limit is that of the ledger's numbers.
    let mostUnderWay = 65536

    private let socket: SocketDescriptor
    private let proof: RMBTAddressProof

    /// - Parameters:
    ///   - key: shared with the server; any will do for one that measures for anybody.
    ///   - now: Unix time in seconds.
    /// - Returns: the system's error where there is no way to the peer.
    static func open(to peer: PeerAddress, key: String, at now: UInt32) -> Result<UDPPingTransport, UDPPingOpenFailure>
    {
        let type = CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(peer.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard number >= 0 else { return .failure(.system(error: errno)) }
        let socket = SocketDescriptor(owning: number)
        guard peer.withSystemAddress({ connect(number, $0, $1) }) == 0 else {
            return .failure(.unreachable(error: errno))
        }
        guard let own = PeerAddress(localOf: number),
            let proof = RMBTAddressProof(time: now, host: own.host, key: key)
        else { return .failure(.system(error: EADDRNOTAVAIL)) }
        return .success(UDPPingTransport(socket: socket, proof: proof))
    }

    var pollDescriptors: [pollfd] { [pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)] }

    mutating func start(_ number: Int) -> RoundTripStart {
        let request = UDPPingRequest(sequence: UInt32(truncatingIfNeeded: number), proof: proof).encoded
        // The word that nobody listens there fails the next call, in which nothing is sent.
        for _ in 0..<2 where send(socket.number, request, request.count, CInt(MSG_NOSIGNAL)) == request.count {
            return .underWay
        }
        return .lost(error: errno)
    }

    mutating func collect() -> [RoundTripEvent] {
        var events: [RoundTripEvent] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            if count >= 0 {
                switch UDPPingReply(decoding: Array(buffer.prefix(count))) {
                case .answer(let sequence), .wrongAddress(let sequence): events.append(.answered(Int(sequence)))
                case nil: break
                }
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return events
            } else if errno != EINTR {
                events.append(.lost(nil, error: errno))
            }
        }
    }

    mutating func giveUp(_ number: Int) {}
}

/// Why no ping could be sent.
enum UDPPingOpenFailure: Error, Equatable {
    case unreachable(error: CInt)
    case system(error: CInt)
}
