/// Why no message can be sent to a syslog server.
public enum SyslogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason is a sentence.
    case unresolved(host: String, reason: String)
    case unreachable(server: String, reason: String)

    public var description: String {
        switch self {
        case .unresolved(let host, let reason):
            "The syslog server \(host) cannot be found. \(reason) Fix the name, or give the server's address."
        case .unreachable(let server, let reason):
            "The syslog server \(server) cannot be reached: \(reason). Check the address and this machine's routes."
        }
    }
}
