import Sockets

/// Why an RMBT test did not end well. Each case has a sentence for a network engineer.
public enum RMBTError: Error, Sendable, Equatable {
    case connection(ConnectFailure)
    /// The TLS handshake failed; why, as the end of a sentence.
    case tls(String)
    case silent(step: String, seconds: Double)
    case closed(step: String)
    /// The server did not take the token.
    case tokenRejected
    /// The server answered ERR.
    case refused(step: String)
    case violation(step: String, detail: String)
    case interrupted(phase: String)
    case nothingTransferred(String)
    case stopped
    case local(String)
    case unsupported(String)
}

extension RMBTError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .connection(let failure): failure.description
        case .tls(let reason): "TLS could not be set up: \(reason)."
        case .silent(let step, let seconds): "The server did not send \(step) within \(seconds.formattedSeconds)."
        case .closed(let step): "The server closed the connection instead of sending \(step)."
        case .tokenRejected:
            "The server rejected the token: its key is another one, or its clock differs by more than the permitted window."
        case .refused(let step): "The server answered ERR instead of \(step)."
        case .violation(let step, let detail): "Instead of \(step) the server sent \(detail)."
        case .interrupted(let phase): "The connection ended during the \(phase); what was counted until then is kept."
        case .nothingTransferred(let direction): "Not one byte arrived in the \(direction) direction."
        case .stopped: "The test was stopped."
        case .local(let reason): "This machine could not run the test: \(reason)."
        case .unsupported(let what): "\(what)."
        }
    }
}
