/// What the server's last word before the data says (docs/protocols/btest.md, Control connection).
enum BtestStart: Sendable, Equatable {
    /// TCP: data runs on the control connection; with a token, on further ones that name it.
    case stream(token: UInt16?)
    /// UDP: the server's port.
    case datagrams(port: UInt16)
}
