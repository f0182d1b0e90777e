import Foundation
import ServerLimits
import Sockets
import Synchronization

/// Counts the tests of a server, hands out session tokens and gathers the connections of a test until it can begin.
final class BtestAdmissionDesk: Sendable {
    /// A place in the server, from the admission to the test's end.
    struct Ticket: Sendable {
        let number: Int
        let command: BtestCommand
        let userName: String?
        /// The client's address.
        let host: String
        /// The port of its first connection.
        let port: Int?
        let source: SourceAddress?
        let startedAt: Date
        /// What the test may move; every data path asks it before it moves anything and tells it what it moved.
        let grant: QuotaGrant
        /// bit/s for each direction; nil for no limit.
        let maxBitsPerSecond: Double?
        /// Only for a test with several connections.
        let token: UInt16?
        /// When its missing connections are waited for no longer.
        let expiry: Int64

        var description: BtestServedTest {
            BtestServedTest(
                number: number, startedAt: startedAt, peer: host, peerPort: port, userName: userName,
                transport: command.transport,
                direction: command.direction, connections: command.connections)
        }
    }

    private struct Gathering {
        let ticket: Ticket
        var sockets: [SocketDescriptor] = []
        var promised = 0
        var wrongGuesses = 0
        /// Raised when every connection has come.
        let complete = StopSignal()
    }

    private struct State {
        var sessions = 0
        var connections = 0
        var sessionsBySource: [SourceAddress: Int] = [:]
        var sessionsByUser: [String: Int] = [:]
        var lastNumber = 0
        var gatherings: [Int: Gathering] = [:]
        var isClosed = false
    }

    /// Wrong tokens from an address after which nobody joins its tests: the token has only 16 bits.
    static let mostWrongGuesses = 32

    private let configuration: BtestServer.Configuration
    private let gate: ConnectionGate
    private let continuation: AsyncStream<BtestServerTest>.Continuation
    private let state = Mutex(State())

    init(
        configuration: BtestServer.Configuration, gate: ConnectionGate,
        starting continuation: AsyncStream<BtestServerTest>.Continuation
    ) {
        self.configuration = configuration
        self.gate = gate
        self.continuation = continuation
    }

    /// Takes a place for a test, and its part in the budgets.
    ///
    /// - Throws: the limit that forbids it; nothing is taken then.
    func admit(
        _ command: BtestCommand, userName: String?, from host: String, port: Int? = nil
    ) throws(BtestRefusal) -> Ticket {
        let account = userName.flatMap { configuration.accounts.account(named: $0) }
        if let userName, account == nil { throw .login(userName: userName, .unknownUser) }
        let source = SourceAddress(host)
        let admitted: Result<Ticket, BtestRefusal> = state.withLock { state in
            if let refusal = refusal(state, command, source, userName, account) { return .failure(refusal) }
            let grant: QuotaGrant
            do throws(QuotaExhaustion) {
                grant = try configuration.ledger.grant(
                    for: quotas(source, userName, account), moving: command.direction.quotaDirection)
            } catch {
                return .failure(.quota(error.description))
            }
            state.sessions += 1
            state.connections += command.connections
            if let source { state.sessionsBySource[source, default: 0] += 1 }
            if let userName { state.sessionsByUser[userName, default: 0] += 1 }
            state.lastNumber += 1
            let ticket = Ticket(
                number: state.lastNumber, command: command, userName: userName, host: host, port: port, source: source,
                startedAt: Date(), grant: grant,
                maxBitsPerSecond: [configuration.maxBitsPerSecond, account?.maxBitsPerSecond].compactMap(\.self).min(),
                token: command.transport == .tcp && command.connectionCount > 0 ? Self.freshToken(in: state) : nil,
                expiry: MonotonicClock.now() + configuration.gatheringTime.wholeNanoseconds)
            state.gatherings[ticket.number] = Gathering(ticket: ticket)
            if let source { gate.testAdmitted(from: source) }
            return .success(ticket)
        }
        return try admitted.get()
    }

    private func refusal(
        _ state: State, _ command: BtestCommand, _ source: SourceAddress?, _ userName: String?, _ account: BtestAccount?
    ) -> BtestRefusal? {
        if state.isClosed { return .stopping }
        if state.sessions >= configuration.maxSessions { return .tooManySessions(limit: configuration.maxSessions) }
        if state.connections + command.connections > configuration.maxConnections {
            return .tooManyConnections(limit: configuration.maxConnections)
        }
        if let source, let limit = configuration.maxSessionsPerAddress,
            state.sessionsBySource[source, default: 0] >= limit
        {
            return .tooManySessionsFromAddress(limit: limit)
        }
        if let userName, let limit = account?.maxSessions, state.sessionsByUser[userName, default: 0] >= limit {
            return .tooManySessionsOfUser(limit: limit)
        }
        return nil
    }

    private func quotas(
        _ source: SourceAddress?, _ userName: String?, _ account: BtestAccount?
    ) -> [QuotaLedger.Quota] {
        let ofUser = userName.map {
            QuotaLedger.Quota(.user($0), configuration.userQuotas.overridden(by: account?.quotas ?? []))
        }
        let ofAddress = source.map { QuotaLedger.Quota($0.usageSubject, configuration.addressQuotas) }
        return [ofUser, ofAddress].compactMap(\.self)
    }

    /// The first connection of a test has its answer, and the test can begin; nil when its descriptor was lost.
    ///
    /// - Parameter datagrams: the socket of a UDP test.
    func opened(_ socket: SocketDescriptor?, ticket: Ticket, datagrams: DatagramSocket?) {
        let isOpen = state.withLock { state in
            guard socket != nil, !state.isClosed else {
                state.gatherings[ticket.number] = nil
                return false
            }
            Self.add(socket, to: ticket.number, &state)
            return true
        }
        if isOpen {
            continuation.yield(BtestServerTest(ticket: ticket, datagrams: datagrams))
        } else {
            testEnded(ticket)
        }
    }

    /// Whether a connection from `host` may join the test with this token: only the host that logged in, only while the
    /// test gathers, after few wrong guesses, and no more than it asked for.
    func canJoin(token: UInt16, from host: String) -> Bool {
        state.withLock { state in
            guard let number = Self.number(of: token, state), let gathering = state.gatherings[number],
                gathering.ticket.host == host
            else {
                for number in state.gatherings.keys where state.gatherings[number]?.ticket.host == host {
                    state.gatherings[number]?.wrongGuesses += 1
                }
                return false
            }
            guard gathering.wrongGuesses < Self.mostWrongGuesses, MonotonicClock.now() < gathering.ticket.expiry,
                gathering.promised + 1 < Int(gathering.ticket.command.connectionCount)
            else { return false }
            state.gatherings[number]?.promised += 1
            return true
        }
    }

    /// A joining connection has its answer; nil when its descriptor was lost.
    func joined(_ socket: SocketDescriptor?, token: UInt16) {
        state.withLock { state in
            guard let number = Self.number(of: token, state) else { return }
            if socket == nil { state.gatherings[number]?.promised -= 1 }
            Self.add(socket, to: number, &state)
        }
    }

    /// Waits until all connections of a test have come, its time to gather is over or the client gives it up, and takes what came. Blocks its
    /// thread.
    func gather(_ ticket: Ticket, cancelled: StopSignal) -> BtestGathering.Outcome {
        guard let complete = state.withLock({ $0.gatherings[ticket.number]?.complete }) else { return .init() }
        defer { state.withLock { $0.gatherings[ticket.number] = nil } }
        return BtestGathering(ticket: ticket, desk: self, complete: complete, cancelled: cancelled).run()
    }

    /// The connections that have come so far; none once the server stops.
    func socketsGathered(_ ticket: Ticket) -> [SocketDescriptor] {
        state.withLock { $0.gatherings[ticket.number]?.sockets ?? [] }
    }

    /// A connection that had joined ended before the test began.
    func left(_ socket: SocketDescriptor, _ ticket: Ticket) {
        state.withLock { state in
            guard let place = state.gatherings[ticket.number]?.sockets.firstIndex(where: { $0 === socket }) else {
                return
            }
            state.gatherings[ticket.number]?.sockets.remove(at: place)
            state.gatherings[ticket.number]?.promised -= 1
        }
    }

    /// Gives the place of a test back.
    func testEnded(_ ticket: Ticket) {
        state.withLock { state in
            state.sessions -= 1
            state.connections -= ticket.command.connections
            if let source = ticket.source { Self.countDown(source, in: &state.sessionsBySource) }
            if let userName = ticket.userName { Self.countDown(userName, in: &state.sessionsByUser) }
        }
        if let source = ticket.source { gate.testEnded(from: source) }
    }

    private static func countDown<Key: Hashable>(_ key: Key, in counts: inout [Key: Int]) {
        let count = counts[key] ?? 0
        counts[key] = count > 1 ? count - 1 : nil
    }

    /// Admits nobody any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for gathering in state.gatherings.values { gathering.complete.raise() }
            state.gatherings = [:]
        }
        continuation.finish()
    }

    private static func add(_ socket: SocketDescriptor?, to number: Int, _ state: inout State) {
        guard let socket, var gathering = state.gatherings[number] else { return }
        gathering.sockets.append(socket)
        // UDP's connections are ports and not gathered.
        let command = gathering.ticket.command
        if command.transport == .udp || gathering.sockets.count >= Int(command.connectionCount) {
            gathering.complete.raise()
        }
        state.gatherings[number] = gathering
    }

    private static func number(of token: UInt16, _ state: State) -> Int? {
        state.gatherings.first { $0.value.ticket.token == token }?.key
    }

    /// A token that no other test uses and that reads as no command: its first byte is neither 0 nor 1.
    private static func freshToken(in state: State) -> UInt16 {
        let used = Set(state.gatherings.values.compactMap(\.ticket.token))
        var random = SystemRandomNumberGenerator()
        while true {
            let token = UInt16.random(in: 0x0200...UInt16.max, using: &random)
            if !used.contains(token) { return token }
        }
    }
}

extension BtestCommand {
    /// How many it asks for: 1 at least.
    fileprivate var connections: Int { max(Int(connectionCount), 1) }
}

extension BtestCommand.Direction {
    /// What a test moves, as the server counts it.
    var quotaDirection: QuotaDirection {
        switch self {
        case .upload: .received
        case .download: .sent
        case .both: .combined
        }
    }
}
