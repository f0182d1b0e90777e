import Glibc
import Synchronization

/// Counts what users and addresses move, and knows who has used up a quota.
///
/// Memory is bounded whatever strangers do: beyond ``mostSubjects`` addresses, or users, those that moved least this month are
/// forgotten first, and never one with a running test.
public final class QuotaLedger: Sendable {
    /// Somebody whose bytes are counted, and the rules that bound them.
    public struct Quota: Sendable, Hashable {
        public let subject: UsageSubject
        public let rules: [QuotaRule]

        public init(_ subject: UsageSubject, _ rules: [QuotaRule]) {
            self.subject = subject
            self.rules = rules
        }
    }

    private struct State {
        var users: [UsageSubject: UsageCounter] = [:]
        var addresses: [UsageSubject: UsageCounter] = [:]

        mutating func insert(_ counter: UsageCounter, _ subject: UsageSubject) {
            switch subject {
            case .user: users[subject] = counter
            case .address: addresses[subject] = counter
            }
        }

        subscript(subject: UsageSubject) -> UsageCounter? {
            switch subject {
            case .user: users[subject]
            case .address: addresses[subject]
            }
        }
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Int64
    /// Addresses that are remembered, and users.
    public let mostSubjects: Int

    /// - Parameters:
    ///   - past: what earlier runs of the server counted, at least since the first of the month.
    ///   - mostSubjects: addresses that are remembered, and users.
    ///   - clock: seconds since 1970-01-01, UTC.
    public init(
        past: [DailyUsage] = [], mostSubjects: Int = 65_536, clock: @escaping @Sendable () -> Int64 = systemClock
    ) {
        self.mostSubjects = max(mostSubjects, 1)
        self.clock = clock
        let today = Self.day(at: clock())
        var initial = State()
        for (subject, days) in Self.days(of: past, today) { initial.insert(UsageCounter(saved: days), subject) }
        Self.makeRoom(in: &initial.users, upTo: self.mostSubjects, day: today)
        Self.makeRoom(in: &initial.addresses, upTo: self.mostSubjects, day: today)
        state = Mutex(initial)
    }

    /// Seconds since 1970-01-01, UTC, as the system tells them.
    @Sendable public static func systemClock() -> Int64 { Int64(time(nil)) }

    /// Days since 1970-01-01, UTC.
    static func day(at seconds: Int64) -> Int {
        Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
    }

    /// Lets a test begin: what it moves is counted for all these subjects.
    ///
    /// - Parameters:
    ///   - direction: what the test will move; `combined` for both ways.
    ///   - observer: hears of every byte that is counted.
    /// - Throws: ``QuotaExhaustion`` when a rule allows not one byte more in a direction of the test. Nothing is counted then.
    public func grant(
        for quotas: [Quota], moving direction: QuotaDirection, observer: (any SpendObserver)? = nil
    ) throws(QuotaExhaustion) -> QuotaGrant {
        let day = Self.day(at: clock())
        let granted: Result<QuotaGrant, QuotaExhaustion> = state.withLock { state in
            for quota in quotas {
                for rule in quota.rules where rule.concerns(direction) {
                    let used = state[quota.subject]?.used(rule.period, rule.direction, day: day) ?? 0
                    if used >= rule.bytes {
                        return .failure(QuotaExhaustion(subject: quota.subject, rule: rule, used: used))
                    }
                }
            }
            var counters: [UsageCounter] = []
            var bounds: [QuotaGrant.Bound] = []
            for quota in quotas {
                let counter = opened(quota.subject, &state, day: day)
                counter.users.add(1, ordering: .relaxed)
                counters.append(counter)
                bounds += quota.rules.map { QuotaGrant.Bound(subject: quota.subject, rule: $0, counter: counter) }
            }
            return .success(
                QuotaGrant(counters: counters, bounds: bounds, direction: direction, observer: observer, clock: clock))
        }
        return try granted.get()
    }

    /// The bytes of a subject in the period that now is.
    public func used(by subject: UsageSubject, _ period: QuotaPeriod, _ direction: QuotaDirection) -> Int64 {
        let counter = state.withLock { $0[subject] }
        return counter?.used(period, direction, day: Self.day(at: clock())) ?? 0
    }

    /// What was moved since the last call, to be added to what is stored: call it each second, and once at the end.
    ///
    /// What could not be stored must be given back (``giveBack(_:)``).
    public func takeUnsaved() -> [DailyUsage] {
        let counters = state.withLock { state in
            [state.users, state.addresses].flatMap { table in table.filter { $0.value.isUnsaved } }
        }
        return counters.flatMap { subject, counter in
            counter.takeUnsaved().map { day, bytes in
                DailyUsage(subject: subject, day: day, bytesReceived: bytes.received, bytesSent: bytes.sent)
            }
        }
    }

    /// Takes back what ``takeUnsaved()`` gave and nobody could store: the next call gives it again.
    public func giveBack(_ usages: [DailyUsage]) {
        let day = Self.day(at: clock())
        for usage in usages {
            let counter = state.withLock { opened(usage.subject, &$0, day: day) }
            counter.giveBack(UsageBytes(received: usage.bytesReceived, sent: usage.bytesSent), day: usage.day)
        }
    }

    /// Goes on with another store: it is given what it knows less than this ledger, and users and addresses that it alone knows count from now on.
    ///
    /// - Parameter past: what the other store knows, at least since the first of the month.
    public func rebase(on past: [DailyUsage]) {
        let day = Self.day(at: clock())
        let days = Self.days(of: past, day)
        state.withLock { state in
            for (subject, counter) in [state.users, state.addresses].joined() {
                counter.rebase(on: days[subject] ?? [:])
            }
            for (subject, days) in days where state[subject] == nil { state.insert(UsageCounter(saved: days), subject) }
            Self.makeRoom(in: &state.users, upTo: mostSubjects, day: day)
            Self.makeRoom(in: &state.addresses, upTo: mostSubjects, day: day)
        }
    }

    private static func days(of past: [DailyUsage], _ today: Int) -> [UsageSubject: [Int: UsageBytes]] {
        var days: [UsageSubject: [Int: UsageBytes]] = [:]
        let counted = (today - UsageCounter.daysKept)...(today + UsageCounter.daysKept)
        for usage in past where counted.contains(usage.day) {
            let known = days[usage.subject]?[usage.day] ?? UsageBytes()
            days[usage.subject, default: [:]][usage.day] =
                known + UsageBytes(received: usage.bytesReceived, sent: usage.bytesSent)
        }
        return days
    }

    private func opened(_ subject: UsageSubject, _ state: inout State, day: Int) -> UsageCounter {
        if let counter = state[subject] { return counter }
        let counter = UsageCounter()
        switch subject {
        case .user:
            Self.makeRoom(in: &state.users, upTo: mostSubjects - 1, day: day)
            state.users[subject] = counter
        case .address:
            Self.makeRoom(in: &state.addresses, upTo: mostSubjects - 1, day: day)
            state.addresses[subject] = counter
        }
        return counter
    }

    /// Forgets those who moved least this month, an eighth of the table at once: looking through it costs milliseconds.
    private static func makeRoom(in table: inout [UsageSubject: UsageCounter], upTo count: Int, day: Int) {
        guard table.count > count else { return }
        let idle = table.filter { $0.value.users.load(ordering: .relaxed) == 0 }
        let ranked = idle.map { subject, counter in
            (subject, isUnsaved: counter.isUnsaved, bytes: counter.used(.month, .combined, day: day))
        }.sorted { $0.isUnsaved == $1.isUnsaved ? $0.bytes < $1.bytes : $1.isUnsaved }
        let target = count - count / 8
        for entry in ranked.prefix(table.count - target) { table[entry.0] = nil }
    }
}
