import Sockets

/// Keeps those away who fail to log in again and again, as OpenSSH's PerSourcePenalties does.
///
/// Each offence adds a time to its source's penalty, which passes as time does. Once it has grown beyond a minimum, the source
/// is refused until all of it has passed: a password can be guessed at one try per ``Configuration/failedLogin`` and no faster.
public struct SourcePenalties: Sendable {
    public struct Configuration: Sendable, Hashable {
        public var isEnabled = true
        /// A wrong password, or a name that does not exist.
        public var failedLogin = Duration.seconds(5)
        /// Bytes that no client sends.
        public var violation = Duration.seconds(1)
        /// The time for the handshake was over before the handshake was.
        public var unfinishedHandshake = Duration.seconds(2)
        /// The peer left within its handshake.
        public var leftEarly = Duration.milliseconds(500)
        /// The peer left without a word. That is what clients do that measure their latency by connecting, a whole fleet of them behind
        /// one address, and what monitoring does; such connections cost no more than the accepting, and are bounded at once by how
        /// many there may be (``StartupThrottle``).
        public var saidNothing = Duration.zero
        /// Below this nobody is refused.
        public var minimum = Duration.seconds(15)
        /// No penalty grows beyond this.
        public var maximum = Duration.seconds(600)
        /// Sources that are remembered; beyond them those are forgiven whose penalty is over first.
        public var mostSources = 65_536
        /// Who is never refused.
        public var exempt: [AddressRange] = []

        public init() {}
    }

    public enum Offence: Sendable, Hashable, CaseIterable {
        case failedLogin, violation, unfinishedHandshake, leftEarly, saidNothing
    }

    private struct Penalty {
        /// When all of it has passed, in nanoseconds.
        var end: Int64
        /// Whether it has grown beyond the minimum.
        var isEnforced: Bool
    }

    public let configuration: Configuration
    private var penalties: [SourceAddress: Penalty] = [:]

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Sources that are remembered.
    var count: Int { penalties.count }

    /// Notes what a source did.
    ///
    /// - Parameter now: an instant in nanoseconds, of a clock that never jumps.
    public mutating func note(_ offence: Offence, by source: SourceAddress, at now: Int64) {
        let cost = cost(offence)
        guard configuration.isEnabled, cost > 0, !isExempt(source) else { return }
        if penalties[source] == nil, penalties.count >= max(configuration.mostSources, 1) { makeRoom(at: now) }
        var penalty = penalties[source] ?? Penalty(end: now, isEnforced: false)
        if penalty.end <= now { penalty = Penalty(end: now, isEnforced: false) }
        let longest = configuration.maximum.wholeNanoseconds
        penalty.end = now + min(penalty.end - now + cost, max(longest, 0))
        if penalty.end - now > configuration.minimum.wholeNanoseconds { penalty.isEnforced = true }
        penalties[source] = penalty
    }

    /// How long a source is still refused; nil when it is not.
    ///
    /// - Parameter now: an instant in nanoseconds, of the same clock.
    public mutating func refusal(of source: SourceAddress, at now: Int64) -> Duration? {
        guard let penalty = penalties[source] else { return nil }
        guard penalty.end > now else {
            penalties[source] = nil
            return nil
        }
        return penalty.isEnforced ? .nanoseconds(penalty.end - now) : nil
    }

    private func cost(_ offence: Offence) -> Int64 {
        let cost =
            switch offence {
            case .failedLogin: configuration.failedLogin
            case .violation: configuration.violation
            case .unfinishedHandshake: configuration.unfinishedHandshake
            case .leftEarly: configuration.leftEarly
            case .saidNothing: configuration.saidNothing
            }
        return cost.wholeNanoseconds
    }

    private func isExempt(_ source: SourceAddress) -> Bool {
        configuration.exempt.contains { $0.contains(source.address) }
    }

    /// Forgets what has passed, or else an eighth of the table: looking through it costs milliseconds.
    private mutating func makeRoom(at now: Int64) {
        penalties = penalties.filter { $0.value.end > now }
        let most = max(configuration.mostSources, 1)
        guard penalties.count >= most else { return }
        let first = penalties.sorted { $0.value.end < $1.value.end }.prefix(penalties.count - most + most / 8 + 1)
        for entry in first { penalties[entry.key] = nil }
    }
}
