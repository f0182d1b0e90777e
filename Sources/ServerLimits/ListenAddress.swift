import Glibc
import NIOCore
import NIOPosix

/// Where a server listens.
public enum ListenAddress {
    /// The address of a literal or a name; `::` is every address of the machine, also of one that knows IPv4 alone.
    ///
    /// Literals are never looked up: the resolver denies `::` on machines whose interfaces have no IPv6 address, and the system binds it.
    ///
    /// - Parameter port: 0 … 65535; 0 lets the system choose.
    /// - Throws: what the resolver says of a name that it does not know.
    public static func resolve(host: String, port: Int) async throws -> SocketAddress {
        let host = host == "::" && !systemKnowsIPv6 ? "0.0.0.0" : host
        if let literal = try? SocketAddress(ipAddress: host, port: port) { return literal }
        return try await NIOSingletons.posixBlockingThreadPool.runIfActive {
            try SocketAddress.makeAddressResolvingHost(host, port: port)
        }
    }

    /// Binds all listeners or none.
    ///
    /// - Parameter bind: binds one of them to the address that its host and port stand for.
    /// - Throws: why the first one that cannot be bound cannot; those before it are closed.
    public static func bindAll<Listener>(
        _ listeners: [Listener], at place: (Listener) -> (host: String, port: Int),
        _ bind: (Listener, SocketAddress) async throws -> any Channel
    ) async throws -> [any Channel] {
        var channels: [any Channel] = []
        do {
            for listener in listeners {
                let (host, port) = place(listener)
                channels.append(try await bind(listener, try await resolve(host: host, port: port)))
            }
            return channels
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
    }

    /// As logs and errors write it: `192.0.2.1:2000`, `[::]:2000`.
    public static func text(_ address: SocketAddress) -> String {
        text(host: address.ipAddress ?? "?", port: address.port ?? 0)
    }

    /// The same of an address and its port; without a port the address alone.
    public static func text(host: String, port: Int?) -> String {
        guard let port else { return host }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static var systemKnowsIPv6: Bool {
        let descriptor = socket(AF_INET6, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }
}
