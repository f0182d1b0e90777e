import Synchronization
import Transfer

/// Counts the tests of a server, hands out session tokens and gathers the connections of a test until it can begin.
final class BtestAdmissionDesk: Sendable {
    /// A place in the server, from the admission to the test's end.
    struct Ticket: Sendable {
        let number: Int
        let command: BtestCommand
        let userName: String?
        let host: String
        /// Only for a test with several connections.
        let token: UInt16?
        /// When its missing connections are waited for no longer.
        let expiry: Int64
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
        var lastNumber = 0
        var gatherings: [Int: Gathering] = [:]
        var isClosed = false
    }

    /// How long a test waits for its further connections.
    private static let gatheringTime: Int64 = 5_000_000_000
    /// Wrong tokens from an address after which nobody joins its tests: the token has only 16 bits.
    static let mostWrongGuesses = 32

    private let configuration: BtestServer.Configuration
    private let continuation: AsyncStream<BtestServerTest>.Continuation
    private let state = Mutex(State())

    init(configuration: BtestServer.Configuration, starting continuation: AsyncStream<BtestServerTest>.Continuation) {
        self.configuration = configuration
        self.continuation = continuation
    }

    /// Takes a place for a test; nil when all are taken.
    func admit(_ command: BtestCommand, userName: String?, from host: String) -> Ticket? {
        state.withLock { state in
            guard !state.isClosed, state.sessions < configuration.maxSessions else { return nil }
            state.sessions += 1
            state.lastNumber += 1
            let ticket = Ticket(
                number: state.lastNumber, command: command, userName: userName, host: host,
                token: command.connectionCount > 0 ? Self.freshToken(in: state) : nil,
                expiry: MonotonicClock.now() + Self.gatheringTime)
            state.gatherings[ticket.number] = Gathering(ticket: ticket)
            return ticket
        }
    }

    /// The first connection of a test has its answer, and the test can begin; nil when its descriptor was lost.
    func opened(_ socket: SocketDescriptor?, ticket: Ticket) {
        let isOpen = state.withLock { state in
            guard socket != nil, !state.isClosed else {
                state.gatherings[ticket.number] = nil
                state.sessions -= 1
                return false
            }
            Self.add(socket, to: ticket.number, &state)
            return true
        }
        if isOpen { continuation.yield(BtestServerTest(ticket: ticket)) }
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

    /// Waits until all connections of a test have come or its time to gather is over, and takes them. Blocks its
    /// thread.
    func gather(_ ticket: Ticket) -> [SocketDescriptor] {
        guard let complete = state.withLock({ $0.gatherings[ticket.number]?.complete }) else { return [] }
        complete.wait(until: ticket.expiry)
        return state.withLock { $0.gatherings.removeValue(forKey: ticket.number)?.sockets ?? [] }
    }

    func testEnded() {
        state.withLock { $0.sessions -= 1 }
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
        if gathering.sockets.count >= Int(gathering.ticket.command.connectionCount) { gathering.complete.raise() }
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
