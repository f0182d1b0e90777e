import Sockets

/// Why a Control Server gave no test, or took no result.
public enum ControlError: Error, Sendable, Equatable {
    case unreachable(server: String, reason: String)
    case tls(server: String, reason: String)
    case silent(server: String, seconds: Double)
    /// HTTP said no, with the server's own words where it had some.
    case refused(server: String, status: Int, words: String)
    /// The server has no room at present, and says so by its status or by when to ask again.
    case busy(server: String, words: String)
    /// The server answered and would not give a test.
    case noTest(server: String, words: String)
    /// The server is so full that the test would begin too late.
    case longWait(server: String, seconds: Int64)
    case malformed(server: String, detail: String)
    /// The server has said yes over HTTP, and nobody knows what it said beside.
    case unreadable(server: String)
    case local(String)
    case stopped
}

extension ControlError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let server, let reason): "The Control Server \(server) cannot be reached: \(reason)."
        case .tls(let server, let reason): "TLS with the Control Server \(server) could not be set up: \(reason)."
        case .silent(let server, let seconds):
            "The Control Server \(server) did not answer within \(seconds.formattedSeconds)."
        case .refused(let server, let status, let words):
            "The Control Server \(server) refused the request with status \(status)\(words.isEmpty ? "" : ": \(words)")."
        case .busy(let server, let words): "The Control Server \(server) is busy: \(words)."
        case .noTest(let server, let words): "The Control Server \(server) gave no test: \(words)."
        case .longWait(let server, let seconds):
            "The Control Server \(server) is busy: it would let the test begin in \(seconds) s. Try again then."
        case .malformed(let server, let detail): "The Control Server \(server) answered with \(detail)."
        case .unreadable(let server):
            "The Control Server \(server) answered with something that is not the JSON it should be."
        case .local(let reason): "This machine could not ask the Control Server: \(reason)."
        case .stopped: "The test was stopped."
        }
    }
}
