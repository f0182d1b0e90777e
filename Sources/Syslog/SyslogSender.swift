import Foundation
import Glibc
import Sockets
import Synchronization

/// Sends messages to one syslog server over UDP (RFC 5426). It never waits and never fails its caller: what the system does
/// not take at once is dropped and counted.
public final class SyslogSender: Sendable {
    private let socket: SocketDescriptor
    private let format: SyslogFormat
    private let origin: SyslogOrigin
    private let zone: TimeZone
    private let drops = Atomic<Int>(0)

    /// The server's address, as it was looked up.
    public let server: PeerAddress

    /// How many messages certainly did not arrive. UDP tells of few of its losses.
    public var dropped: Int { drops.load(ordering: .relaxed) }

    /// Looks the server up, once, and opens a socket towards it.
    ///
    /// - Parameters:
    ///   - port: 1 … 65535; syslog's own is 514.
    ///   - zone: whose local time RFC 3164 carries.
    public static func open(
        host: String, port: Int, format: SyslogFormat, origin: SyslogOrigin, zone: TimeZone = .current
    ) async throws(SyslogError) -> SyslogSender {
        let found = await DataThread.run("syslog-lookup") {
            NameResolver.resolve(host, port: port, until: MonotonicClock.now() + 5_000_000_000)
        }
        switch found {
        case .failure(let failure):
            throw .unresolved(host: host, reason: failure.description)
        case .success(let addresses):
            guard let server = addresses.first else { throw .unresolved(host: host, reason: "It has no address.") }
            return try SyslogSender(to: server, format: format, origin: origin, zone: zone)
        }
    }

    private init(
        to server: PeerAddress, format: SyslogFormat, origin: SyslogOrigin, zone: TimeZone
    ) throws(SyslogError) {
        let type = CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(server.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard number >= 0 else { throw .unreachable(server: server.description, reason: Self.words(errno)) }
        socket = SocketDescriptor(owning: number)
        // Connected, so that the system tells when nobody listens there.
        guard server.withSystemAddress({ connect(number, $0, $1) }) == 0 else {
            throw .unreachable(server: server.description, reason: Self.words(errno))
        }
        self.server = server
        self.format = format
        self.origin = origin
        self.zone = zone
    }

    public func send(_ message: SyslogMessage) {
        let bytes = format.encode(message, from: origin, utcOffset: zone.secondsFromGMT(for: message.time))
        // The word that nobody took an earlier message fails the next call, in which nothing is sent.
        for _ in 0..<2 {
            if Glibc.send(socket.number, bytes, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
                == bytes.count
            {
                return
            }
            drops.wrappingAdd(1, ordering: .relaxed)
            guard errno == ECONNREFUSED else { return }
        }
    }

    private static func words(_ error: CInt) -> String {
        String(cString: strerror(error)).lowercased()
    }
}
