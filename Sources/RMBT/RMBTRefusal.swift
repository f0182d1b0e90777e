/// Why a server ended a session that its client did not: for the log, not for the peer.
public enum RMBTRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case token(RMBTTokenVerifier.Verdict)
    case tokenUsedUp
    case violation(String)
    case timeout(String)
    case tooManyConnections(limit: Int)

    public var description: String {
        switch self {
        case .token(.forged): "the token is signed with none of our keys"
        case .token(.outsideWindow): "the token is signed, and its time is past or too far ahead"
        case .token: "the token is malformed"
        case .tokenUsedUp: "the token is in use on too many connections"
        case .violation(let detail): "the peer sent \(detail)"
        case .timeout(let step): "the peer did not finish \(step) in time"
        case .tooManyConnections(let limit): "all \(limit) connections are in use"
        }
    }
}
