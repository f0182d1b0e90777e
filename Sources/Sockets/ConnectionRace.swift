import Glibc

/// Opens a TCP connection to one of several addresses of one host.
///
/// They are tried in their order. The next one begins when the one before it failed or has had its share of the time, and those that
/// were begun go on: so an address that drops packets takes no time from the others, and each has room for a lost packet or two. The
/// first that opens is taken, and the rest are closed.
struct ConnectionRace {
    private struct Attempt {
        let place: Int
        let peer: PeerAddress
        let socket: SocketDescriptor
        let began: Int64
    }

    /// More addresses than this of one name are not tried.
    private static let most = 16
    /// An address is alone for no longer: one lost packet (1 s) does not bring the next one in, two (3 s) do.
    private static let longestHeadStart: Int64 = 2_000_000_000

    private let stop: StopSignal
    private let deadline: Int64
    private let headStart: Int64
    private var waiting: ArraySlice<PeerAddress>
    private var open: [Attempt] = []
    private var failures: [Int: ConnectFailure] = [:]

    /// - Parameter deadline: for all of them together, an instant of ``MonotonicClock``.
    init(_ addresses: [PeerAddress], stop: StopSignal, until deadline: Int64) {
        self.stop = stop
        self.deadline = deadline
        waiting = addresses.prefix(Self.most)
        let left = Swift.max(deadline - MonotonicClock.now(), 0)
        headStart = Swift.min(left / Int64(Swift.max(waiting.count, 1)), Self.longestHeadStart)
    }

    /// Blocks its thread. A failure is that of the last address in their order.
    mutating func run() -> Result<StreamConnector.Connection, ConnectFailure> {
        var next = MonotonicClock.now()
        while true {
            if open.isEmpty || MonotonicClock.now() >= next, let peer = waiting.popFirst() {
                if let connection = begin(peer) { return .success(connection) }
                next = MonotonicClock.now() + headStart
                if open.isEmpty { continue }
            }
            guard !open.isEmpty else { return .failure(lastFailure) }
            switch wait(until: waiting.isEmpty ? deadline : Swift.min(next, deadline)) {
            case .stopped: return .failure(.stopped)
            case .timedOut:
                guard MonotonicClock.now() >= deadline else { continue }
                for attempt in open {
                    let seconds = (Double(deadline - attempt.began) / 1e8).rounded() / 10
                    failures[attempt.place] = .timedOut(address: attempt.peer.description, seconds: seconds)
                }
                return .failure(lastFailure)
            case .ready:
                let before = open.count
                if let connection = firstOpened() { return .success(connection) }
                if open.count < before { next = MonotonicClock.now() }
            }
        }
    }

    private var lastFailure: ConnectFailure { failures.max { $0.key < $1.key }?.value ?? .stopped }

    /// - Returns: a connection that opened at once; else it goes on among ``open``, or has failed.
    private mutating func begin(_ peer: PeerAddress) -> StreamConnector.Connection? {
        // The place in the order: what is still waiting comes after it.
        let place = -waiting.count
        let began = MonotonicClock.now()
        switch StreamConnector.begin(to: peer) {
        case .success((let socket, true)):
            return .init(socket: socket, peer: peer, roundTrip: MonotonicClock.now() - began)
        case .success((let socket, false)):
            open.append(Attempt(place: place, peer: peer, socket: socket, began: began))
        case .failure(let failure): failures[place] = failure
        }
        return nil
    }

    /// Takes the first attempt that opened, and notes those that failed.
    private mutating func firstOpened() -> StreamConnector.Connection? {
        let now = MonotonicClock.now()
        var rest: [Attempt] = []
        for attempt in open {
            guard SocketWait.isReady(attempt.socket.number, POLLOUT) else {
                rest.append(attempt)
                continue
            }
            guard let failure = StreamConnector.failure(of: attempt.socket, to: attempt.peer) else {
                return .init(socket: attempt.socket, peer: attempt.peer, roundTrip: now - attempt.began)
            }
            failures[attempt.place] = failure
        }
        open = rest
        return nil
    }

    private func wait(until instant: Int64) -> SocketWait.Readiness {
        SocketWait.waitForAny(of: open.map(\.socket.number), POLLOUT, stop: stop, until: instant)
    }
}
