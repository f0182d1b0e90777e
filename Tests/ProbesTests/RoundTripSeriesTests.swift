import FleetModel
import Glibc
import Sockets
import Testing

@testable import Probes

@Suite("A series of round trips", .timeLimit(.minutes(1)))
struct RoundTripSeriesTests {
    /// Answers by script, without a socket.
    private struct ScriptedTransport: RoundTripTransport {
        let mostUnderWay = 100
        /// What ``start(_:)`` returns, by number.
        var starts: [Int: RoundTripStart] = [:]
        /// What ``collect()`` gives after a start, by its number.
        var events: [Int: [RoundTripEvent]] = [:]
        var givenUp: [Int] = []
        private var pending: [RoundTripEvent] = []

        init(starts: [Int: RoundTripStart] = [:], events: [Int: [RoundTripEvent]] = [:]) {
            self.starts = starts
            self.events = events
        }

        var pollDescriptors: [pollfd] { [] }

        mutating func start(_ number: Int) -> RoundTripStart {
            pending += events[number] ?? []
            return starts[number] ?? .underWay
        }

        mutating func collect() -> [RoundTripEvent] {
            defer { pending = [] }
            return pending
        }

        mutating func giveUp(_ number: Int) { givenUp.append(number) }
    }

    private static func series(count: Int, stop: StopSignal = StopSignal()) -> RoundTripSeries {
        let ledger = RoundTripLedger(count: count, interval: 1_000_000, timeout: 5_000_000, mostUnderWay: 100)
        return RoundTripSeries(ledger: ledger, stop: stop)
    }

    @Test("Lost, doubled and unasked answers leave the others as they are")
    func mixture() throws {
        var transport = ScriptedTransport(
            starts: [1: .answered, 2: .lost(error: EHOSTUNREACH)],
            events: [0: [.answered(0), .answered(0), .answered(77)], 3: [.lost(nil, error: ENETUNREACH)]])
        var series = Self.series(count: 4)
        guard case .finished(let roundTrips, let sent, let lastError) = series.run(over: &transport) else {
            Issue.record("the series did not finish")
            return
        }
        #expect(roundTrips.count == 2)
        #expect(sent == 4)
        #expect(lastError == ENETUNREACH)
        #expect(transport.givenUp == [3])
        let summary = try #require(LatencySummary(method: .icmp, roundTrips: roundTrips, sent: sent))
        #expect(summary.lossRatio == 0.5)
    }

    @Test("Of the ways in which a connection can fail to open, only a refusal is an answer")
    func connectionErrors() {
        #expect(TCPConnectTransport.event(4, error: 0) == .answered(4))
        #expect(TCPConnectTransport.event(4, error: ECONNREFUSED) == .answered(4))
        for error in [EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EACCES] {
            #expect(TCPConnectTransport.event(4, error: error) == .lost(4, error: error))
        }
    }

    @Test("A fault of this machine ends the series")
    func localFault() {
        var transport = ScriptedTransport(starts: [1: .localFault(error: EMFILE)])
        var series = Self.series(count: 3)
        #expect(series.run(over: &transport) == .localFault(error: EMFILE))
    }

    @Test("A deadline ends a series that waits")
    func deadline() {
        let ledger = RoundTripLedger(count: 2, interval: 60_000_000_000, timeout: 60_000_000_000, mostUnderWay: 1)
        var series = RoundTripSeries(
            ledger: ledger, stop: StopSignal(), deadline: MonotonicClock.now() + 20_000_000)
        var transport = ScriptedTransport()
        #expect(series.run(over: &transport) == .stopped)
        #expect(series.settled == 0)
    }

    @Test("What was answered before the signal stays, and what is under way is not lost")
    func stoppedWithin() {
        let stop = StopSignal()
        // The third start raises the signal, with the second one still under way.
        struct StoppingTransport: RoundTripTransport {
            let mostUnderWay = 100
            let stop: StopSignal
            var pollDescriptors: [pollfd] { [] }
            mutating func start(_ number: Int) -> RoundTripStart {
                if number == 2 { stop.raise() }
                return number == 0 ? .answered : .underWay
            }
            mutating func collect() -> [RoundTripEvent] { [] }
            mutating func giveUp(_ number: Int) {}
        }
        var transport = StoppingTransport(stop: stop)
        let ledger = RoundTripLedger(count: 9, interval: 0, timeout: 60_000_000_000, mostUnderWay: 100)
        var series = RoundTripSeries(ledger: ledger, stop: stop)
        #expect(series.run(over: &transport) == .stopped)
        #expect(series.roundTrips.count == 1)
        #expect(series.settled == 1)
    }

    @Test("A raised signal ends the series, before it began or while it waits")
    func stopped() {
        let stop = StopSignal()
        stop.raise()
        var transport = ScriptedTransport()
        var series = Self.series(count: 3, stop: stop)
        #expect(series.run(over: &transport) == .stopped)
    }
}
