import Synchronization

/// The bytes of one user or address, day by day.
///
/// Whoever moves bytes adds them without a lock. Two days are counted live, so that a thread that read the clock just before
/// midnight still finds its day; the third day takes the place of the first, and that once a day needs a lock.
final class UsageCounter: Sendable {
    private struct Past {
        /// The days that are not counted live.
        var days: [Int: UsageBytes] = [:]
        /// How much of each day somebody has taken to save it.
        var saved: [Int: UsageBytes] = [:]
    }

    /// A month has 31 days; what is older counts for no quota.
    static let daysKept = 62

    private let even = DaySlot()
    private let odd = DaySlot()
    private let past: Mutex<Past>
    private let hasUnsaved = Atomic<Bool>(false)
    /// Tests that draw on this counter.
    let users = Atomic<Int>(0)

    /// - Parameter saved: what the store already knows, by day.
    init(saved: [Int: UsageBytes] = [:]) {
        past = Mutex(Past(days: saved, saved: saved))
    }

    /// Notes bytes that were moved on a day.
    func add(_ direction: QuotaDirection, _ bytes: Int, day: Int) {
        slot(day).add(direction, Int64(bytes))
        hasUnsaved.store(true, ordering: .releasing)
    }

    /// The bytes of the period in which a day lies.
    func used(_ period: QuotaPeriod, _ direction: QuotaDirection, day: Int) -> Int64 {
        let slot = slot(day)
        var bytes = slot.bytes + slot.before(period)
        let other = slot === even ? odd : even
        let otherDay = other.day.load(ordering: .acquiring)
        if otherDay != DaySlot.empty, period.firstDay(of: otherDay) == period.firstDay(of: day) {
            bytes = bytes + other.bytes
        }
        return bytes.counted(direction)
    }

    /// What was added since the last call, by day.
    func takeUnsaved() -> [Int: UsageBytes] {
        guard hasUnsaved.exchange(false, ordering: .acquiringAndReleasing) else { return [:] }
        return past.withLock { past in
            var unsaved: [Int: UsageBytes] = [:]
            for (day, bytes) in allDays(past) {
                let more = bytes - past.saved[day, default: UsageBytes()]
                if more != UsageBytes() { unsaved[day] = more }
                past.saved[day] = bytes
            }
            return unsaved
        }
    }

    /// Takes back what could not be saved: the next ``takeUnsaved()`` gives it again.
    func giveBack(_ bytes: UsageBytes, day: Int) {
        past.withLock { past in
            past.saved[day] = past.saved[day, default: UsageBytes()] - bytes
            // A day that was forgotten meanwhile is remembered until it is saved.
            if !allDays(past).contains(where: { $0.0 == day }) { past.days[day] = UsageBytes() }
        }
        hasUnsaved.store(true, ordering: .releasing)
    }

    /// Takes over what another store knows of these bytes: what it knows less, it is given by the next ``takeUnsaved()``.
    func rebase(on known: [Int: UsageBytes]) {
        past.withLock { past in
            for (day, bytes) in allDays(past) { past.saved[day] = bytes.least(known[day, default: UsageBytes()]) }
        }
        hasUnsaved.store(true, ordering: .releasing)
    }

    /// Whether something was added that nobody has taken to save it.
    var isUnsaved: Bool { hasUnsaved.load(ordering: .relaxed) }

    private func allDays(_ past: borrowing Past) -> [(Int, UsageBytes)] {
        [even, odd].compactMap { slot in
            let day = slot.day.load(ordering: .relaxed)
            return day == DaySlot.empty ? nil : (day, slot.bytes)
        } + past.days.map { ($0.key, $0.value) }
    }

    /// The slot that counts a day; the day's first caller opens it.
    private func slot(_ day: Int) -> DaySlot {
        let slot = day & 1 == 0 ? even : odd
        if slot.day.load(ordering: .acquiring) == day { return slot }
        past.withLock { open(slot, day, &$0) }
        return slot
    }

    private func open(_ slot: DaySlot, _ day: Int, _ past: inout Past) {
        let replaced = slot.day.load(ordering: .relaxed)
        guard replaced != day else { return }
        if replaced != DaySlot.empty { past.days[replaced] = slot.bytes }
        let bytes = past.days.removeValue(forKey: day) ?? UsageBytes()
        past.days = past.days.filter { $0.key > day - Self.daysKept }
        past.saved = past.saved.filter { $0.key > day - Self.daysKept }
        // The other live day is not among these: it may still grow, and is added whenever somebody asks.
        func sum(_ period: QuotaPeriod) -> UsageBytes {
            let first = period.firstDay(of: day)
            return past.days.reduce(UsageBytes()) {
                period.firstDay(of: $1.key) == first ? $0 + $1.value : $0
            }
        }
        slot.begin(day, with: bytes, week: sum(.week), month: sum(.month))
    }
}
