import ServerLimits

/// Why a server ended a session that its client did not: for the log, not for the peer.
public enum RMBTRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case token(RMBTTokenVerifier.Verdict)
    case tokenUsedUp(limit: Int)
    case violation(String)
    case timeout(String)
    case tooManyConnections(limit: Int)
    case tooManyConnectionsFromAddress(limit: Int)
    case tooManySessions(limit: Int)
    case tooManySessionsFromAddress(limit: Int)
    /// A sentence that names the rule.
    case quota(String)
    case stopping

    public var description: String {
        switch self {
        case .token(.forged): "the token is signed with none of our keys"
        case .token(.outsideWindow): "the token is signed, and its time is past or too far ahead"
        case .token(.wrongAddress): "the token is signed, and for another address"
        case .token(.withoutAddress): "the token is signed, and lacks the part of version 2 that this server demands"
        case .token: "the token is malformed"
        case .tokenUsedUp(let limit): "the token has served its \(limit) connections"
        case .violation(let detail): "the peer sent \(detail)"
        case .timeout(let step): "the peer did not finish \(step) in time"
        case .tooManyConnections(let limit): "all \(limit) connections are in use"
        case .tooManyConnectionsFromAddress(let limit): "the address has its \(limit) connections in use"
        case .tooManySessions(let limit): "as many tests are running as may: \(limit)"
        case .tooManySessionsFromAddress(let limit): "the address has as many tests running as it may: \(limit)"
        case .quota(let sentence): sentence
        case .stopping: "the server is stopping"
        }
    }

    /// What its source is penalised for when this ends its handshake; nil where it did nothing wrong.
    ///
    /// A token that was good once, or is for another address, is a slip of clocks and of networks rather than a guess.
    var offence: SourcePenalties.Offence? {
        switch self {
        case .token(.forged): .failedLogin
        case .token(.malformed), .violation: .violation
        case .timeout: .unfinishedHandshake
        case .token, .tokenUsedUp, .tooManyConnections, .tooManyConnectionsFromAddress, .tooManySessions,
            .tooManySessionsFromAddress, .quota, .stopping:
            nil
        }
    }
}
