@testable import RMBT

/// A browser's end of a WebSocket, a frame at a time. Blocks its thread.
struct WebSocketPeer: Sendable {
    let peer: RawPeer
    private static let key: [UInt8] = [0x0F, 0xA0, 0x55, 0xC3]

    static let request =
        "GET /rmbt HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"

    /// Connects and changes to WebSocket; nil when the server does not.
    init?(connectingTo port: Int) {
        guard let peer = RawPeer(connectingTo: port) else { return nil }
        self.peer = peer
        guard peer.send(Self.request) else { return nil }
        var lines: [String] = []
        while let line = peer.readLine(), line != "\r" { lines.append(line) }
        guard lines.first == "HTTP/1.1 101 Switching Protocols\r",
            lines.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r")
        else { return nil }
    }

    @discardableResult
    func send(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> Bool {
        peer.send(NaiveFrame(isFinal: isFinal, opcode: opcode, payload: payload).bytes(key: Self.key))
    }

    @discardableResult
    func say(_ line: String) -> Bool { send(1, Array((line + "\n").utf8)) }

    /// The next frame, whatever it is; nil at the end of the stream or when none came in time.
    func receive() -> (header: [UInt8], payload: [UInt8])? {
        var header = peer.read(2)
        guard header.count == 2 else { return nil }
        var length = Int(header[1])
        if length > 125 {
            let more = peer.read(length == 126 ? 2 : 8)
            header += more
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        let payload = peer.read(length)
        return payload.count == length ? (header, payload) : nil
    }

    /// The next line, which must be a text frame of its own.
    func line() -> String? {
        guard let (header, payload) = receive(), header[0] == 0x81, payload.last == 10 else { return nil }
        return String(decoding: payload.dropLast(), as: UTF8.self)
    }

    /// Takes the greeting, shows a token and takes the answer.
    func logIn(_ token: String) -> Bool {
        guard line()?.hasPrefix("RMBTv") == true, line() == "ACCEPT TOKEN QUIT" else { return false }
        return say("TOKEN \(token)") && line() == "OK" && line() == "CHUNKSIZE 4096 4096 4194304" && isReady()
    }

    /// Whether the server waits for a command now.
    func isReady() -> Bool { line() == "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT" }
}
