/// Which round trips are due, under way, answered and lost. Knows no socket and no clock: every instant is passed in, in
/// nanoseconds of one monotonic clock.
struct RoundTripLedger {
    enum Step: Equatable {
        /// Send the round trip of this number now, and tell with ``started(_:at:)``.
        case start(Int)
        /// Nothing is due before this instant, unless an answer comes.
        case wait(until: Int64)
        /// All are answered or lost.
        case finished
    }

    /// Seconds of each answered round trip, in the order of the answers.
    private(set) var roundTrips: [Double] = []
    /// How many were begun.
    private(set) var sent = 0
    /// How many are answered or lost.
    var settled: Int { sent - underWay.count }

    private let count: Int
    private let interval: Int64
    private let timeout: Int64
    private let mostUnderWay: Int
    private var lastStart: Int64?
    private var underWay: [Int: Int64] = [:]

    /// - Parameters:
    ///   - count: kept within 1 … 65536, the numbers that an echo request has room for.
    ///   - interval: nanoseconds from one start to the next.
    ///   - timeout: nanoseconds after which an answer counts as lost.
    ///   - mostUnderWay: more than these wait for their turn, at least 1.
    init(count: Int, interval: Int64, timeout: Int64, mostUnderWay: Int) {
        self.count = min(max(count, 1), 65536)
        self.interval = max(interval, 0)
        self.timeout = max(timeout, 0)
        self.mostUnderWay = max(mostUnderWay, 1)
    }

    func nextStep(at now: Int64) -> Step {
        let nextExpiry = underWay.values.min().map { $0.addingSaturated(timeout) }
        guard sent < count else {
            return nextExpiry.map { .wait(until: $0) } ?? .finished
        }
        // A late start moves those after it: catching up would send a burst, and measure it.
        let nextStart = lastStart?.addingSaturated(interval) ?? now
        if underWay.count >= mostUnderWay, let nextExpiry { return .wait(until: nextExpiry) }
        if nextStart <= now { return .start(sent) }
        return .wait(until: min(nextStart, nextExpiry ?? .max))
    }

    /// - Parameter now: just before the packet was sent.
    mutating func started(_ number: Int, at now: Int64) {
        sent += 1
        lastStart = now
        underWay[number] = now
    }

    /// Counts an answer, unless it is a duplicate, comes too late or answers what was never sent.
    mutating func answered(_ number: Int, at now: Int64) {
        guard let start = underWay.removeValue(forKey: number), now >= start, now - start <= timeout else { return }
        roundTrips.append(Double(now - start) * 1e-9)
    }

    /// That one will not be answered.
    mutating func lost(_ number: Int) {
        underWay[number] = nil
    }

    /// Gives up what has waited for longer than the timeout.
    ///
    /// - Returns: the numbers that were given up, in ascending order.
    mutating func expire(at now: Int64) -> [Int] {
        let expired = underWay.filter { now - $0.value >= timeout }.keys.sorted()
        for number in expired {
            underWay[number] = nil
        }
        return expired
    }
}

extension Int64 {
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
