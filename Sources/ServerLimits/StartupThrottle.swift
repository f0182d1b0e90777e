/// Bounds the connections that have not finished their handshake, as OpenSSH's MaxStartups and PerSourceMaxStartups do.
///
/// From ``Configuration/start`` of them on each new one is dropped with a probability that grows until, at
/// ``Configuration/full``, all are: whoever fills the server with silent connections finds that its own are dropped too.
public struct StartupThrottle: Sendable {
    public struct Configuration: Sendable, Hashable {
        /// Below this many handshakes nobody is dropped.
        public var start = 1200
        /// In %, the probability of being dropped at ``start``.
        public var rate = 30
        /// At this many handshakes everybody is dropped.
        public var full = 4000
        /// Handshakes at once of one source.
        public var perSource = 1100
        /// The same for a source that has a test running: its further connections come all at once, up to 255.
        public var perAdmittedSource = 1100

        public init() {}
    }

    public enum Drop: Sendable, Hashable, CustomStringConvertible {
        /// Dropped by lot, or because there is no room at all.
        case tooMany(handshakes: Int)
        case tooManyFromSource(limit: Int)

        public var description: String {
            switch self {
            case .tooMany(let handshakes): "\(handshakes) connections have not finished their handshake"
            case .tooManyFromSource(let limit): "\(limit) connections of this address have not finished their handshake"
            }
        }
    }

    public let configuration: Configuration
    private(set) var handshakes = 0
    private var bySource: [SourceAddress: Int] = [:]

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// A connection came: takes a place for its handshake, or says why it must be dropped.
    ///
    /// - Parameters:
    ///   - isAdmitted: whether the source has a test running; then it is dropped for its own limit alone.
    ///   - lot: a random number, 0 ..< 1.
    public mutating func begin(from source: SourceAddress, isAdmitted: Bool, lot: Double) -> Drop? {
        let own = bySource[source] ?? 0
        let limit = isAdmitted ? configuration.perAdmittedSource : configuration.perSource
        if own >= limit { return .tooManyFromSource(limit: limit) }
        if !isAdmitted, lot < dropProbability { return .tooMany(handshakes: handshakes) }
        handshakes += 1
        bySource[source] = own + 1
        return nil
    }

    /// A connection that had a place finished its handshake or is gone.
    public mutating func end(from source: SourceAddress) {
        guard let own = bySource[source] else { return }
        handshakes -= 1
        bySource[source] = own > 1 ? own - 1 : nil
    }

    /// 0 below the start, 1 at the full number, and a straight line between.
    var dropProbability: Double {
        if handshakes < configuration.start { return 0 }
        if handshakes >= configuration.full { return 1 }
        let rate = min(max(Double(configuration.rate) / 100, 0), 1)
        let way = Double(handshakes - configuration.start) / Double(configuration.full - configuration.start)
        return rate + (1 - rate) * way
    }
}
