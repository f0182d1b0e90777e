/// The two ends of a WebSocket: a client masks what it sends, a server does not (RFC 6455, section 5.1).
enum WebSocketSide: Sendable {
    case client, server
}
