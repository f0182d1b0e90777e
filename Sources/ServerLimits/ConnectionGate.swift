import Sockets
import Synchronization

/// Decides at a connection's arrival whether it is let in at all: ``StartupThrottle`` and ``SourcePenalties`` for all threads of a
/// server.
///
/// A source with a running test is let in: its further connections need no login, and it may open and close connections to measure
/// its latency. Failed logins are held against it all the same, and then it is to log in no more (``loginBar(for:)``): who has one
/// account, or shares an address with somebody who has, must not guess at the passwords of others.
public final class ConnectionGate: Sendable {
    /// Why a connection was closed at once.
    public enum Drop: Sendable, Hashable, CustomStringConvertible {
        case startups(StartupThrottle.Drop)
        case penalty(remaining: Duration)

        public var description: String {
            switch self {
            case .startups(let drop): drop.description
            case .penalty(let remaining):
                "the address has a penalty for another \(Double(remaining.components.seconds + 1).formattedSeconds)"
            }
        }
    }

    private struct State {
        var throttle: StartupThrottle
        var penalties: SourcePenalties
        var tests: [SourceAddress: Int] = [:]
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: nanoseconds of a clock that never jumps.
    public init(
        startups: StartupThrottle.Configuration = .init(), penalties: SourcePenalties.Configuration = .init(),
        clock: @escaping @Sendable () -> Int64 = { MonotonicClock.now() }
    ) {
        state = Mutex(State(throttle: StartupThrottle(startups), penalties: SourcePenalties(penalties)))
        self.clock = clock
    }

    /// A connection came.
    ///
    /// - Returns: nil when it is let in, and then ``handshakeEnded(from:offence:)`` must follow once.
    public func connectionArrived(from source: SourceAddress) -> Drop? {
        let now = clock()
        let lot = Double.random(in: 0..<1)
        return state.withLock { state in
            let isAdmitted = state.tests[source] != nil
            if !isAdmitted, let remaining = state.penalties.refusal(of: source, at: now) {
                return .penalty(remaining: remaining)
            }
            return state.throttle.begin(from: source, isAdmitted: isAdmitted, lot: lot).map(Drop.startups)
        }
    }

    /// A connection that was let in has finished its handshake, or is gone.
    ///
    /// - Parameter offence: what there is to be said against it.
    public func handshakeEnded(from source: SourceAddress, offence: SourcePenalties.Offence?) {
        let now = clock()
        state.withLock { state in
            state.throttle.end(from: source)
            guard let offence, offence == .failedLogin || state.tests[source] == nil else { return }
            state.penalties.note(offence, by: source, at: now)
        }
    }

    /// How long a source must not log in, though its connections may have been let in; nil when it may.
    public func loginBar(for source: SourceAddress) -> Duration? {
        let now = clock()
        return state.withLock { $0.penalties.refusal(of: source, at: now) }
    }

    /// A test of this source was admitted; ``testEnded(from:)`` must follow once.
    public func testAdmitted(from source: SourceAddress) {
        state.withLock { $0.tests[source, default: 0] += 1 }
    }

    public func testEnded(from source: SourceAddress) {
        state.withLock { state in
            guard let tests = state.tests[source] else { return }
            state.tests[source] = tests > 1 ? tests - 1 : nil
        }
    }
}
