/// The protocol that an HTTP request asks to change to: what a server makes of the request (docs/protocols/rmbt.md, Three ways in).
enum RMBTUpgrade: Sendable, Equatable {
    /// RMBThttp.
    case rmbt
    /// RMBTws.
    case webSocket(WebSocketKey)

    /// - Throws: the answer to a request that asks for neither.
    init(_ head: HTTPHead) throws(RMBTUpgradeRefusal) {
        let words = head.startLine.split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/") else { throw .badRequest("this was no HTTP request") }
        guard words[0] == "GET" else { throw .methodNotAllowed }
        guard words[2] == "HTTP/1.1" else { throw .badRequest("only HTTP/1.1 can be upgraded") }
        let path = Self.path(words[1])
        guard path == "/" || path.hasPrefix("/rmbt") else { throw .notFound }
        guard head.lists("upgrade", in: "connection") else { throw .upgradeRequired }
        if head.lists("websocket", in: "upgrade") {
            guard head.values("sec-websocket-version") == ["13"] else { throw .webSocketVersion }
            let keys = head.values("sec-websocket-key")
            guard keys.count == 1, let key = WebSocketKey(keys[0]) else {
                throw .badRequest("Sec-WebSocket-Key must be 16 bytes in base64")
            }
            self = .webSocket(key)
        } else if head.lists("rmbt", in: "upgrade") {
            self = .rmbt
        } else {
            throw .upgradeRequired
        }
    }

    /// The answer that makes the connection change.
    var response: String {
        let fields =
            switch self {
            case .rmbt: "Upgrade: RMBT\r\n"
            case .webSocket(let key): "Upgrade: websocket\r\nSec-WebSocket-Accept: \(key.accept)\r\n"
            }
        return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\(fields)\r\n"
    }

    /// A target may be a whole address (RFC 9112, section 3.2.2).
    private static func path(_ target: Substring) -> Substring {
        var target = target
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            target = target.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            if target.first != "/" { return "/" }
        }
        return target.prefix { $0 != "?" }
    }
}
