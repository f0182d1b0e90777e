/// Why a server did not run a test that a peer asked for: for the log, not for the peer.
public enum BtestRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case login(userName: String, BtestLoginFailure)
    case violation(String)
    case handshakeTimeout
    /// The server has no place left.
    case tooManySessions(limit: Int)
    /// The tests that run have as many connections as the server has threads for.
    case tooManyConnections(limit: Int)
    /// This address has as many tests as it may have at once.
    case tooManySessionsFromAddress(limit: Int)
    /// This user has as many tests as it may have at once.
    case tooManySessionsOfUser(limit: Int)
    /// A quota is used up; the sentence says whose and which.
    case quota(String)
    case unknownToken
    /// Too many logins from this address failed.
    case barred
    case noPort
    /// The server is about to end.
    case stopping

    public var description: String {
        switch self {
        case .login(let userName, let failure): "login of \(userName.debugDescription) failed: \(failure)"
        case .violation(let detail): "the peer sent \(detail)"
        case .handshakeTimeout: "the peer did not finish its handshake in time"
        case .tooManySessions(let limit): "all \(limit) sessions are in use"
        case .tooManyConnections(let limit): "the running tests have all \(limit) connections in use"
        case .tooManySessionsFromAddress(let limit): "the address has \(limit) sessions already, as many as it may have"
        case .tooManySessionsOfUser(let limit): "the user has \(limit) sessions already, as many as it may have"
        case .quota(let sentence): sentence
        case .unknownToken: "the peer wanted to join a test that does not exist"
        case .barred: "too many logins from this address failed"
        case .noPort: "no UDP port is free"
        case .stopping: "the server is stopping"
        }
    }
}

/// Why a login failed: the server's owner may know what the peer may not.
public enum BtestLoginFailure: String, Sendable, Hashable, CustomStringConvertible {
    case wrongPassword
    case unknownUser
    case disabled
    case addressNotAllowed

    public var description: String {
        switch self {
        case .wrongPassword: "wrong password"
        case .unknownUser: "no such user"
        case .disabled: "the user is disabled"
        case .addressNotAllowed: "the user may not come from this address"
        }
    }
}
