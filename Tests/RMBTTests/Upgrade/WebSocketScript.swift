import Sockets

@testable import RMBT

/// A server's end of a WebSocket, for a script.
struct WebSocketScript: Sendable {
    private let peer: RawPeer

    /// Answers the client's request; nil when there is none.
    init?(_ peer: RawPeer) {
        self.peer = peer
        var accept: String?
        while let line = peer.readLine(), line != "\r" {
            if line.hasPrefix("Sec-WebSocket-Key: ") {
                accept = WebSocketKey(String(line.dropFirst(19).dropLast()))?.accept
            }
        }
        guard let accept else { return nil }
        peer.send("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n")
    }

    func say(_ text: String) { peer.send(NaiveFrame(opcode: 1, payload: Array(text.utf8)).bytes()) }

    /// The client's next frame, its mask taken off.
    func receive() -> (header: [UInt8], payload: [UInt8])? {
        var header = peer.read(2)
        guard header.count == 2, header[1] & 0x80 != 0 else { return nil }
        var length = Int(header[1] & 0x7F)
        if length > 125 {
            let more = peer.read(length == 126 ? 2 : 8)
            header += more
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        let key = peer.read(4)
        let payload = peer.read(length)
        guard key.count == 4, payload.count == length else { return nil }
        return (header + key, payload.enumerated().map { $1 ^ key[$0 % 4] })
    }

    /// A connection that is ready for commands.
    static func connect(_ configuration: RMBTClient.Configuration) async -> RMBTConnection? {
        let socket = await DataThread.run("connect") {
            StreamConnector.connect(
                host: configuration.host, port: configuration.port, stop: StopSignal(),
                until: MonotonicClock.now() + 2_000_000_000)
        }
        guard let socket = try? socket.get() else { return nil }
        return await RMBTConnection.open(
            socket, tls: nil, serverName: nil, request: try? configuration.upgradeRequest(), token: "t", timeout: 5
        ).0
    }
}
