import Testing

@testable import Probes

@Suite("The ledger of round trips")
struct RoundTripLedgerTests {
    private static let millisecond: Int64 = 1_000_000

    private static func ledger(count: Int, mostUnderWay: Int = 10) -> RoundTripLedger {
        RoundTripLedger(
            count: count, interval: 10 * millisecond, timeout: 25 * millisecond, mostUnderWay: mostUnderWay)
    }

    @Test("Starts are an interval apart, and the last answer ends it")
    func order() {
        var ledger = Self.ledger(count: 2)
        #expect(ledger.nextStep(at: 0) == .start(0))
        ledger.started(0, at: 0)
        #expect(ledger.nextStep(at: 0) == .wait(until: 10 * Self.millisecond))
        ledger.answered(0, at: 3 * Self.millisecond)
        #expect(ledger.nextStep(at: 9 * Self.millisecond) == .wait(until: 10 * Self.millisecond))
        #expect(ledger.nextStep(at: 10 * Self.millisecond) == .start(1))
        ledger.started(1, at: 10 * Self.millisecond)
        #expect(ledger.nextStep(at: 10 * Self.millisecond) == .wait(until: 35 * Self.millisecond))
        ledger.answered(1, at: 12 * Self.millisecond)
        #expect(ledger.nextStep(at: 12 * Self.millisecond) == .finished)
        #expect(ledger.roundTrips == [0.003, 0.002])
        #expect(ledger.sent == 2)
    }

    @Test("An answer counts once, and only to what was sent")
    func duplicates() {
        var ledger = Self.ledger(count: 3)
        ledger.started(0, at: 0)
        ledger.answered(0, at: Self.millisecond)
        ledger.answered(0, at: 2 * Self.millisecond)
        ledger.answered(1, at: 2 * Self.millisecond)
        ledger.answered(-1, at: 2 * Self.millisecond)
        #expect(ledger.roundTrips == [0.001])
        #expect(ledger.sent == 1)
    }

    @Test("An answer at the timeout counts, one later is lost, expired or not")
    func lateAnswers() {
        var onTime = Self.ledger(count: 1)
        onTime.started(0, at: 0)
        onTime.answered(0, at: 25 * Self.millisecond)
        #expect(onTime.roundTrips == [0.025])

        var late = Self.ledger(count: 1)
        late.started(0, at: 0)
        late.answered(0, at: 25 * Self.millisecond + 1)
        #expect(late.roundTrips.isEmpty)
        #expect(late.nextStep(at: 26 * Self.millisecond) == .finished)

        var expired = Self.ledger(count: 1)
        expired.started(0, at: 0)
        #expect(expired.expire(at: 25 * Self.millisecond - 1).isEmpty)
        #expect(expired.expire(at: 25 * Self.millisecond) == [0])
        expired.answered(0, at: 25 * Self.millisecond)
        #expect(expired.roundTrips.isEmpty)
        #expect(expired.nextStep(at: 25 * Self.millisecond) == .finished)
    }

    @Test("A lost one does not hold up the next, and answers may overtake each other")
    func overlap() {
        var ledger = Self.ledger(count: 3)
        for number in 0..<3 {
            let now = Int64(number) * 10 * Self.millisecond
            #expect(ledger.nextStep(at: now) == .start(number))
            ledger.started(number, at: now)
        }
        ledger.answered(2, at: 21 * Self.millisecond)
        ledger.answered(1, at: 22 * Self.millisecond)
        #expect(ledger.nextStep(at: 22 * Self.millisecond) == .wait(until: 25 * Self.millisecond))
        #expect(ledger.expire(at: 25 * Self.millisecond) == [0])
        #expect(ledger.nextStep(at: 25 * Self.millisecond) == .finished)
        #expect(ledger.roundTrips == [0.001, 0.012])
        #expect(ledger.sent == 3)
    }

    @Test("No more are under way than allowed: the next waits for an answer or a timeout")
    func limit() {
        var ledger = Self.ledger(count: 3, mostUnderWay: 1)
        ledger.started(0, at: 0)
        #expect(ledger.nextStep(at: 12 * Self.millisecond) == .wait(until: 25 * Self.millisecond))
        ledger.lost(0)
        #expect(ledger.nextStep(at: 12 * Self.millisecond) == .start(1))
        #expect(ledger.roundTrips.isEmpty)
    }

    @Test("After a pause it goes on at the interval, without a burst")
    func noBurst() {
        var ledger = Self.ledger(count: 5)
        ledger.started(0, at: 0)
        ledger.answered(0, at: 1)
        #expect(ledger.nextStep(at: 1000 * Self.millisecond) == .start(1))
        ledger.started(1, at: 1000 * Self.millisecond)
        #expect(ledger.nextStep(at: 1000 * Self.millisecond) == .wait(until: 1010 * Self.millisecond))
    }

    @Test("Senseless counts and durations neither trap nor run for ever", arguments: [Int.min, -1, 0, Int.max])
    func extremes(value: Int) {
        var ledger = RoundTripLedger(
            count: value, interval: Int64(value), timeout: Int64(value), mostUnderWay: value)
        var steps = 0
        var now: Int64 = .max - 10
        while steps < 200_000, ledger.nextStep(at: now) != .finished {
            if case .start(let number) = ledger.nextStep(at: now) {
                ledger.started(number, at: now)
                ledger.answered(number, at: now)
            } else {
                now = .max
                _ = ledger.expire(at: now)
            }
            steps += 1
        }
        #expect(ledger.sent >= 1)
        #expect(ledger.sent <= 65536)
    }
}
