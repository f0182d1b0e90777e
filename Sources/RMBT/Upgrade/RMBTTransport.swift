/// What happens before an RMBT server's greeting (docs/protocols/rmbt.md, Three ways in).
public enum RMBTTransport: String, Sendable, CaseIterable {
    /// Nothing: the server speaks first, after TCP or TLS.
    case classic
    /// RMBThttp: an HTTP request and a `101 Switching Protocols`.
    case http
    /// RMBTws: the same, and then WebSocket frames (RFC 6455).
    case websocket
}
