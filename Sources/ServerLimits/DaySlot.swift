import Synchronization

/// One day's bytes of a ``UsageCounter``, for many threads at once.
final class DaySlot: Sendable {
    /// No day at all.
    static let empty = Int.min

    /// Days since 1970-01-01, UTC, whose bytes are counted here.
    let day = Atomic<Int>(DaySlot.empty)
    private let received = Atomic<Int64>(0)
    private let sent = Atomic<Int64>(0)
    /// What the days behind the two that are counted live add to this day's week and month.
    private let weekReceived = Atomic<Int64>(0)
    private let weekSent = Atomic<Int64>(0)
    private let monthReceived = Atomic<Int64>(0)
    private let monthSent = Atomic<Int64>(0)

    func add(_ direction: QuotaDirection, _ bytes: Int64) {
        switch direction {
        case .received: received.wrappingAdd(bytes, ordering: .relaxed)
        case .sent: sent.wrappingAdd(bytes, ordering: .relaxed)
        case .combined: break
        }
    }

    var bytes: UsageBytes {
        UsageBytes(received: received.load(ordering: .relaxed), sent: sent.load(ordering: .relaxed))
    }

    /// What the days behind add to a period.
    func before(_ period: QuotaPeriod) -> UsageBytes {
        switch period {
        case .day: UsageBytes()
        case .week:
            UsageBytes(received: weekReceived.load(ordering: .relaxed), sent: weekSent.load(ordering: .relaxed))
        case .month:
            UsageBytes(received: monthReceived.load(ordering: .relaxed), sent: monthSent.load(ordering: .relaxed))
        }
    }

    /// Counts another day from now on. Only one thread at a time may do so.
    func begin(_ day: Int, with bytes: UsageBytes, week: UsageBytes, month: UsageBytes) {
        received.store(bytes.received, ordering: .relaxed)
        sent.store(bytes.sent, ordering: .relaxed)
        weekReceived.store(week.received, ordering: .relaxed)
        weekSent.store(week.sent, ordering: .relaxed)
        monthReceived.store(month.received, ordering: .relaxed)
        monthSent.store(month.sent, ordering: .relaxed)
        self.day.store(day, ordering: .releasing)
    }
}
