/// Why no connection came about.
public enum ConnectFailure: Error, Sendable, Equatable {
    /// The name has no address; the resolver's own words.
    case unresolved(host: String, reason: String)
    /// The machine answered that nothing listens there.
    case refused(address: String)
    /// No way there; the system's own words.
    case unreachable(address: String, reason: String)
    /// Nobody answered in time.
    case timedOut(address: String, seconds: Double)
    /// This process or system is out of something; the system's own words.
    case local(reason: String)
    /// The caller gave up.
    case stopped
}

extension ConnectFailure: CustomStringConvertible {
    /// A sentence for a network engineer.
    public var description: String {
        switch self {
        case .unresolved(let host, let reason): "The name \(host) has no address: \(reason)."
        case .refused(let address): "\(address) refused the connection: nothing listens there."
        case .unreachable(let address, let reason): "\(address) cannot be reached: \(reason)."
        case .timedOut(let address, let seconds):
            "\(address) did not answer within \(seconds.formattedSeconds)."
        case .local(let reason): "This machine could not open a connection: \(reason)."
        case .stopped: "The connection was given up."
        }
    }
}

extension Double {
    /// `5 s`, `2.5 s`.
    public var formattedSeconds: String {
        self == rounded() && Swift.abs(self) < 1e15 ? "\(Int64(self)) s" : "\(self) s"
    }
}
