/// Why a server did not run a test that a peer asked for: for the log, not for the peer.
public enum BtestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Wrong user name or password.
    case login(userName: String)
    case violation(String)
    case handshakeTimeout
    case tooManySessions(limit: Int)
    case unknownToken
    case unsupported(String)

    public var description: String {
        switch self {
        case .login(let userName): "wrong user name or password for \(userName.debugDescription)"
        case .violation(let detail): "the peer sent \(detail)"
        case .handshakeTimeout: "the peer did not finish its handshake in time"
        case .tooManySessions(let limit): "all \(limit) sessions are in use"
        case .unknownToken: "the peer wanted to join a test that does not exist"
        case .unsupported(let what): what
        }
    }
}
