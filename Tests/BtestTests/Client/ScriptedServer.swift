import Foundation
import Sockets
import Testing

@testable import Btest

/// A server on a free loopback port that follows a script on each connection, and closes it at the script's end.
enum ScriptedServer {
    static func with<Value>(
        _ script: @escaping @Sendable (ScriptedPeer) -> Void, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let listener = SocketDescriptor(owning: socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var name = ScriptedPeer.name("127.0.0.1", 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener.number, $0, length)
                _ = listen(listener.number, 100)
                _ = getsockname(listener.number, $0, &length)
            }
        }
        let port = Int(in_port_t(bigEndian: name.sin_port))
        try #require(port > 0)
        // Threads, and no tasks: a script keeps its time however busy the pool of tasks is.
        start("scripted-accept") {
            while let peer = accepted(listener) { start("scripted-server") { script(peer) } }
        }
        defer { listener.shutDown() }
        return try await body(port)
    }

    private static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.start()
    }

    private static func accepted(_ listener: SocketDescriptor) -> ScriptedPeer? {
        let number = accept(listener.number, nil, nil)
        return number >= 0 ? ScriptedPeer(SocketDescriptor(owning: number)) : nil
    }

    /// Says the first `count` messages that an honest server says (hello, answer, key, proof, begin) and returns when
    /// the next is due.
    static func beHonest(
        _ peer: ScriptedPeer, _ accounts: BtestAccounts, messages count: Int = .max, token: UInt16? = nil
    ) {
        var session = BtestServerSession(accounts: accounts, nonce: [UInt8](repeating: 9, count: 16))
        var actions = [session.accepted()]
        var said = 0
        while true {
            for action in actions {
                let (bytes, isLast): ([UInt8], Bool) =
                    switch action {
                    case .send(let bytes): (bytes, false)
                    case .admit: (BtestAnswer.begin(token: token).encoded, true)
                    case .join(let token): (BtestAnswer.begin(token: token).encoded, true)
                    case .closeAfter(let bytes, _): (bytes, true)
                    case .close: ([], true)
                    }
                guard said < count else { return }
                said += 1
                peer.say(bytes)
                if isLast { return }
            }
            let heard = peer.hearSome()
            guard !heard.isEmpty else { return }
            actions = session.bytesReceived(heard)
        }
    }
}
