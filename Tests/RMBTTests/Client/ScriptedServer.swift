import Foundation
import Glibc
import Sockets
import Synchronization

/// A loopback server that follows a script instead of the protocol, one thread a connection.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: SocketDescriptor
    private let peers = Mutex<[RawPeer]>([])

    /// Serves `script` for as long as `body` runs.
    static func with<Value: Sendable>(
        _ script: @escaping @Sendable (RawPeer) -> Void, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let server = try ScriptedServer()
        let thread = Thread { server.accept(script) }
        thread.start()
        defer { server.stop() }
        return try await body(server.port)
    }

    private init() throws {
        let descriptor = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        listener = SocketDescriptor(owning: descriptor)
        var address = RawPeer.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) | listen(descriptor, 64) | getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    private func accept(_ script: @escaping @Sendable (RawPeer) -> Void) {
        while true {
            let descriptor = Glibc.accept(listener.number, nil, nil)
            guard descriptor >= 0 else { return }
            let peer = RawPeer(owning: descriptor)
            peers.withLock { $0.append(peer) }
            Thread.detachNewThread {
                script(peer)
                // The script's end closes the connection.
                peer.shutDown()
            }
        }
    }

    private func stop() {
        listener.shutDown()
        for peer in peers.withLock({ $0 }) { peer.shutDown() }
    }
}
