import ServerLimits
import Sockets
import Synchronization

/// What a server carries for each token, for the Control Server that handed the tokens out (docs/decisions/control-server.md).
///
/// Bounded: of more than 10,000 tokens those are forgotten that came first.
public final class RMBTServedTests: Sendable {
    private static let mostTokens = 10_000
    /// A test that moved nothing for so long has come to the end of a phase, and is told of, in nanoseconds …
    static let quiet: Int64 = 200_000_000
    /// … and one that goes on and on now and then.
    static let longestUntold: Int64 = 3_000_000_000

    private struct State {
        var meters: [String: Meter] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Counts for one token, over all its connections.
    final class Meter: SpendObserver {
        let keyLabel: String
        private let counted: Mutex<Counted>

        private struct Counted {
            var test: RMBTServedTest
            var isUntold = false
            /// When the last byte moved, and when the first that is not told of.
            var lastAt: Int64 = 0
            var untoldSince: Int64 = 0
        }

        init(identity: String, keyLabel: String) {
            self.keyLabel = keyLabel
            counted = Mutex(Counted(test: RMBTServedTest(identity: identity)))
        }

        func spent(_ bytes: Int, _ direction: QuotaDirection) {
            guard bytes > 0 else { return }
            let now = MonotonicClock.now()
            counted.withLock {
                $0.test.add(Int64(bytes), isReceived: direction == .received, at: now)
                if !$0.isUntold { $0.untoldSince = now }
                $0.isUntold = true
                $0.lastAt = now
            }
        }

        fileprivate func take(at now: Int64) -> RMBTServedTest? {
            counted.withLock {
                guard $0.isUntold, now - $0.lastAt >= quiet || now - $0.untoldSince >= longestUntold else { return nil }
                $0.isUntold = false
                return $0.test
            }
        }

        fileprivate func giveBack() { counted.withLock { $0.isUntold = true } }
    }

    /// - Parameter identity: what the token's signature covers.
    func meter(for identity: String, keyLabel: String) -> Meter {
        state.withLock { state in
            if let meter = state.meters[identity] { return meter }
            if state.order.count >= Self.mostTokens {
                for old in state.order.prefix(Self.mostTokens / 8) { state.meters[old] = nil }
                state.order.removeFirst(Self.mostTokens / 8)
            }
            let meter = Meter(identity: identity, keyLabel: keyLabel)
            state.meters[identity] = meter
            state.order.append(identity)
            return meter
        }
    }

    /// What changed since it was taken the last time, by the label of the key that signed the token.
    ///
    /// - Parameter now: an instant of ``MonotonicClock``; what moves just then is left for a later call.
    public func takeUntold(at now: Int64) -> [String: [RMBTServedTest]] {
        let meters = state.withLock { Array($0.meters.values) }
        var untold: [String: [RMBTServedTest]] = [:]
        for meter in meters {
            guard let test = meter.take(at: now) else { continue }
            untold[meter.keyLabel, default: []].append(test)
        }
        return untold
    }

    /// Takes back what could not be told.
    public func giveBack(_ tests: [RMBTServedTest]) {
        let meters = state.withLock { state in tests.compactMap { state.meters[$0.identity] } }
        for meter in meters { meter.giveBack() }
    }
}
