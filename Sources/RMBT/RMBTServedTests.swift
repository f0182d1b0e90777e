import ServerLimits
import Synchronization
import Transfer

/// What a server carries for each token, for the Control Server that handed the tokens out (docs/decisions/control-server.md).
///
/// Bounded: of more than 10,000 tokens those are forgotten that came first.
public final class RMBTServedTests: Sendable {
    private static let mostTokens = 10_000

    private struct State {
        var meters: [String: Meter] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Counts for one token, over all its connections.
    final class Meter: SpendObserver {
        let keyLabel: String
        private let counted: Mutex<(test: RMBTServedTest, isUntold: Bool)>

        init(identity: String, keyLabel: String) {
            self.keyLabel = keyLabel
            counted = Mutex((RMBTServedTest(identity: identity), false))
        }

        func spent(_ bytes: Int, _ direction: QuotaDirection) {
            guard bytes > 0 else { return }
            let now = MonotonicClock.now()
            counted.withLock {
                $0.test.add(Int64(bytes), isReceived: direction == .received, at: now)
                $0.isUntold = true
            }
        }

        fileprivate func take() -> RMBTServedTest? {
            counted.withLock {
                guard $0.isUntold else { return nil }
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
    /// - Parameter limit: at most so many tests.
    public func takeUntold(limit: Int) -> [String: [RMBTServedTest]] {
        let meters = state.withLock { Array($0.meters.values) }
        var untold: [String: [RMBTServedTest]] = [:]
        var count = 0
        for meter in meters {
            guard count < limit else { break }
            guard let test = meter.take() else { continue }
            untold[meter.keyLabel, default: []].append(test)
            count += 1
        }
        return untold
    }

    /// Takes back what could not be told.
    public func giveBack(_ tests: [RMBTServedTest]) {
        let meters = state.withLock { state in tests.compactMap { state.meters[$0.identity] } }
        for meter in meters { meter.giveBack() }
    }
}
