import Logging
import NIOCore
import ServerLimits
import Sockets
import Synchronization

/// The connections of a server: who may come, and how many have a place.
final class RMBTConnectionRegister: Sendable {
    /// Connections that belong together.
    enum Session: Hashable {
        /// All that showed this token, by what its signature covers.
        case token(String)
        /// Without tokens all of one address.
        case address(SourceAddress?)

        /// For the log.
        var name: String {
            switch self {
            case .token(let identity): String(identity.prefix(8))
            case .address: "-"
            }
        }
    }

    /// A connection's place, from its token to its end.
    struct Admission: Sendable {
        let session: Session
        let source: SourceAddress?
        let keyLabel: String
        /// What the connection may move.
        let grant: QuotaGrant
        /// How fast, together with the session's other connections; nil for no limit.
        let rates: SessionRates?
    }

    private struct RunningSession {
        var connections = 0
        /// The address of its first connection.
        let source: SourceAddress?
        let rates: SessionRates?
    }

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var tokens: RMBTTokenUses
        var connections = 0
        var connectionsBySource: [SourceAddress: Int] = [:]
        var sessions: [Session: RunningSession] = [:]
        var sessionsBySource: [SourceAddress: Int] = [:]
        var drops = DropTally()
        var isClosed = false
    }

    let gate: ConnectionGate
    /// For streams that leave their event loops.
    let threads: DataThreadPlaces
    private let configuration: RMBTServer.Configuration
    private let state: Mutex<State>

    init(_ configuration: RMBTServer.Configuration) {
        self.configuration = configuration
        threads = DataThreadPlaces(most: configuration.mostDataThreads)
        gate = ConnectionGate(
            startups: configuration.startups, penalties: configuration.penalties, clock: configuration.penaltyClock)
        state = Mutex(State(tokens: RMBTTokenUses(most: configuration.connectionsPerToken)))
    }

    // MARK: Before the token

    /// - Returns: whether the server still takes connections.
    func opened(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func closed(_ channel: any Channel) {
        state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }

    /// Says in the log that a connection was dropped, or counts it for the next line.
    func note(_ drop: ConnectionGate.Drop, from source: SourceAddress, in logger: Logger) {
        let untold = state.withLock { $0.drops.dropped(at: MonotonicClock.now()) }
        guard let untold else { return }
        logger.notice(
            "connection dropped",
            metadata: ["peer": "\(source)", "reason": "\(drop)", "untold": .stringConvertible(untold)])
        configuration.events(.connectionDropped(source: "\(source)", reason: "\(drop)", untold: untold))
    }

    // MARK: After it

    /// Takes a place for a connection; ``ended(_:)`` must follow once.
    ///
    /// - Parameters:
    ///   - token: what the token's signature covers; nil where none is asked for.
    ///   - now: Unix time in seconds.
    /// - Throws: the limit that forbids it; nothing is taken then.
    func admit(
        token: String?, keyLabel: String, from source: SourceAddress?, at now: Int64
    ) throws(RMBTRefusal) -> Admission {
        let session = token.map { Session.token($0) } ?? .address(source)
        let admitted: Result<Admission, RMBTRefusal> = state.withLock { state in
            if let refusal = refusal(state, session, source) { return .failure(refusal) }
            let grant: QuotaGrant
            do throws(QuotaExhaustion) {
                grant = try configuration.ledger.grant(
                    for: quotas(token.map { _ in keyLabel }, source), moving: .combined,
                    observer: token.flatMap { configuration.servedTests?.meter(for: $0, keyLabel: keyLabel) })
            } catch {
                return .failure(.quota(error.description))
            }
            if let token { state.tokens.use(token, at: now) }
            state.connections += 1
            if let source { state.connectionsBySource[source, default: 0] += 1 }
            let known = state.sessions[session]
            if known == nil, let source { state.sessionsBySource[source, default: 0] += 1 }
            var running = known ?? RunningSession(source: source, rates: freshRates)
            running.connections += 1
            state.sessions[session] = running
            return .success(
                Admission(
                    session: session, source: source, keyLabel: keyLabel, grant: grant, rates: running.rates))
        }
        let admission = try admitted.get()
        if let source { gate.testAdmitted(from: source) }
        return admission
    }

    /// Gives the place of a connection back.
    func ended(_ admission: Admission) {
        state.withLock { state in
            state.connections -= 1
            if let source = admission.source { Self.countDown(source, in: &state.connectionsBySource) }
            guard var session = state.sessions[admission.session] else { return }
            session.connections -= 1
            guard session.connections == 0 else {
                state.sessions[admission.session] = session
                return
            }
            state.sessions[admission.session] = nil
            if let source = session.source { Self.countDown(source, in: &state.sessionsBySource) }
        }
        if let source = admission.source { gate.testEnded(from: source) }
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func refusal(_ state: borrowing State, _ session: Session, _ source: SourceAddress?) -> RMBTRefusal? {
        if state.isClosed { return .stopping }
        if case .token(let token) = session, state.tokens.isUsedUp(token) {
            return .tokenUsedUp(limit: configuration.connectionsPerToken)
        }
        if state.connections >= configuration.maxConnections {
            return .tooManyConnections(limit: configuration.maxConnections)
        }
        if let source, state.connectionsBySource[source, default: 0] >= configuration.maxConnectionsPerAddress {
            return .tooManyConnectionsFromAddress(limit: configuration.maxConnectionsPerAddress)
        }
        guard state.sessions[session] == nil else { return nil }
        if state.sessions.count >= configuration.maxSessions {
            return .tooManySessions(limit: configuration.maxSessions)
        }
        if let source, let limit = configuration.maxSessionsPerAddress,
            state.sessionsBySource[source, default: 0] >= limit
        {
            return .tooManySessionsFromAddress(limit: limit)
        }
        return nil
    }

    private var freshRates: SessionRates? {
        configuration.maxBitsPerSecond.map { SessionRates(bitsPerSecond: $0, now: MonotonicClock.now()) }
    }

    private func quotas(_ keyLabel: String?, _ source: SourceAddress?) -> [QuotaLedger.Quota] {
        let ofKey = keyLabel.map { QuotaLedger.Quota(.user($0), configuration.keyQuotas) }
        let ofAddress = source.map { QuotaLedger.Quota($0.usageSubject, configuration.addressQuotas) }
        return [ofKey, ofAddress].compactMap(\.self)
    }

    private static func countDown(_ source: SourceAddress, in counts: inout [SourceAddress: Int]) {
        let count = counts[source] ?? 0
        counts[source] = count > 1 ? count - 1 : nil
    }
}
