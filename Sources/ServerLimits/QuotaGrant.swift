import Synchronization
import Transfer

/// What one test may still move: it shares the budget with all other tests of the same user or address.
///
/// The rules are those of the test's admission; the bytes are counted whether a rule bounds them or not.
public final class QuotaGrant: Sendable {
    /// A rule with the counter that it looks at.
    struct Bound: Sendable {
        let subject: UsageSubject
        let rule: QuotaRule
        let counter: UsageCounter

        func exhaustion(day: Int) -> QuotaExhaustion? {
            let used = counter.used(rule.period, rule.direction, day: day)
            return used >= rule.bytes ? QuotaExhaustion(subject: subject, rule: rule, used: used) : nil
        }
    }

    private let counters: [UsageCounter]
    private let bounds: [Bound]
    private let direction: QuotaDirection
    private let clock: @Sendable () -> Int64
    private let observer: (any SpendObserver)?

    /// The counters' users were counted up by the caller.
    init(
        counters: [UsageCounter], bounds: [Bound], direction: QuotaDirection, observer: (any SpendObserver)?,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.observer = observer
        self.counters = counters
        self.bounds = bounds
        self.direction = direction
        self.clock = clock
    }

    deinit {
        for counter in counters { counter.users.subtract(1, ordering: .relaxed) }
    }

    /// For what the server receives.
    public var received: any ByteAllowance { allowance(.received) }

    /// For what the server sends.
    public var sent: any ByteAllowance { allowance(.sent) }

    /// A rule that forbids the test to go on; nil while none does.
    public var exhaustion: QuotaExhaustion? {
        let day = QuotaLedger.day(at: clock())
        return bounds.lazy.filter { $0.rule.concerns(self.direction) }.compactMap { $0.exhaustion(day: day) }.first
    }

    private func allowance(_ direction: QuotaDirection) -> Allowance {
        Allowance(grant: self, direction: direction, bounds: bounds.filter { $0.rule.concerns(direction) })
    }

    private struct Allowance: ByteAllowance {
        let grant: QuotaGrant
        let direction: QuotaDirection
        let bounds: [Bound]

        var remaining: Int {
            guard !bounds.isEmpty else { return .max }
            let day = QuotaLedger.day(at: grant.clock())
            return bounds.reduce(Int.max) { least, bound in
                let used = bound.counter.used(bound.rule.period, bound.rule.direction, day: day)
                return min(least, Int(clamping: max(bound.rule.bytes, 0) &- used))
            }
        }

        func spend(_ bytes: Int) {
            let day = QuotaLedger.day(at: grant.clock())
            for counter in grant.counters { counter.add(direction, bytes, day: day) }
            grant.observer?.spent(bytes, direction)
        }
    }
}

extension QuotaRule {
    /// Whether the rule counts what moves this way; `combined` moves both ways.
    func concerns(_ direction: QuotaDirection) -> Bool {
        self.direction == .combined || direction == .combined || self.direction == direction
    }
}
