import Foundation
import Glibc
import Synchronization

/// Turns host names and literals into addresses, in bounded time.
public enum NameResolver {
    private final class Answer: Sendable {
        let result = Mutex<Result<[PeerAddress], ConnectFailure>?>(nil)
        let done = StopSignal()
    }

    /// Looks `host` up. Blocks its thread; the system's resolver knows no deadline, so it works on a thread of its own,
    /// which is left behind when the time is over.
    ///
    /// - Parameters:
    ///   - host: a name, an IPv4 literal or an IPv6 literal with or without brackets.
    ///   - port: 1 … 65535.
    ///   - stop: gives the lookup up: the failure is ``ConnectFailure/stopped`` then.
    ///   - deadline: an instant of ``MonotonicClock``.
    public static func resolve(
        _ host: String, port: Int, family: AddressFamily = .any, stop: StopSignal? = nil, until deadline: Int64
    ) -> Result<[PeerAddress], ConnectFailure> {
        var name = host
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        guard !name.isEmpty, !name.utf8.contains(0) else {
            return .failure(.unresolved(host: host, reason: "it is not a host name"))
        }
        let literal = lookUp(name, port: port, family: family, flags: AI_NUMERICHOST)
        if case .success = literal { return literal }
        let answer = Answer()
        let thread = Thread { [name] in
            let found = lookUp(name, port: port, family: family, flags: AI_ADDRCONFIG)
            answer.result.withLock { $0 = found }
            answer.done.raise()
        }
        thread.name = "resolver"
        thread.stackSize = 512 * 1024
        thread.start()
        let began = MonotonicClock.now()
        _ = SocketWait.wait(for: stop?.descriptor, POLLIN, stop: answer.done, until: deadline)
        if let found = answer.result.withLock({ $0 }) { return found }
        if stop?.isRaised == true { return .failure(.stopped) }
        let seconds = Double((deadline - began) / 100_000_000) / 10
        return .failure(
            .unresolved(host: host, reason: "the resolver did not answer within \(seconds.formattedSeconds)"))
    }

    private static func lookUp(
        _ name: String, port: Int, family: AddressFamily, flags: CInt
    ) -> Result<[PeerAddress], ConnectFailure> {
        var hints = addrinfo()
        hints.ai_family = family.systemValue
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            return .failure(.unresolved(host: name, reason: String(cString: gai_strerror(status))))
        }
        var addresses: [PeerAddress] = []
        var entry = list
        while let current = entry?.pointee {
            if let address = current.ai_addr, let peer = PeerAddress(address, length: current.ai_addrlen) {
                addresses.append(peer)
            }
            entry = current.ai_next
        }
        return addresses.isEmpty ? .failure(.unresolved(host: name, reason: "no address")) : .success(addresses)
    }
}
