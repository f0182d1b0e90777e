import Glibc
import Sockets

/// Runs a ledger's round trips over a transport. Blocks its thread, in `poll` alone.
struct RoundTripSeries {
    enum Outcome: Equatable {
        /// All were answered or lost; the last thing that the network said of a lost one.
        case finished(roundTrips: [Double], sent: Int, lastError: CInt?)
        case localFault(error: CInt)
        /// The signal was raised, or the deadline has passed.
        case stopped
    }

    private var ledger: RoundTripLedger
    private let stop: StopSignal
    private let deadline: Int64
    private var lastError: CInt?

    /// - Parameter deadline: an instant of ``MonotonicClock`` that ends the series as the signal does.
    init(ledger: RoundTripLedger, stop: StopSignal, deadline: Int64 = .max) {
        self.ledger = ledger
        self.stop = stop
        self.deadline = deadline
    }

    /// Seconds of each round trip that was answered until now.
    var roundTrips: [Double] { ledger.roundTrips }

    /// How many were answered or lost until now; the others are under way.
    var settled: Int { ledger.settled }

    mutating func run(over transport: inout some RoundTripTransport) -> Outcome {
        while !stop.isRaised, MonotonicClock.now() < deadline {
            switch ledger.nextStep(at: MonotonicClock.now()) {
            case .finished:
                return .finished(roundTrips: ledger.roundTrips, sent: ledger.sent, lastError: lastError)
            case .start(let number):
                if let fault = start(number, over: &transport) { return .localFault(error: fault) }
            case .wait(let instant):
                wait(for: transport.pollDescriptors, until: min(instant, deadline))
            }
            for event in transport.collect() {
                take(event, at: MonotonicClock.now())
            }
            for number in ledger.expire(at: MonotonicClock.now()) {
                transport.giveUp(number)
            }
        }
        return .stopped
    }

    /// - Returns: the error of a local fault, which ends the series.
    private mutating func start(_ number: Int, over transport: inout some RoundTripTransport) -> CInt? {
        ledger.started(number, at: MonotonicClock.now())
        switch transport.start(number) {
        case .underWay: break
        case .answered: take(.answered(number), at: MonotonicClock.now())
        case .lost(let error): take(.lost(number, error: error), at: MonotonicClock.now())
        case .localFault(let error): return error
        }
        return nil
    }

    private mutating func take(_ event: RoundTripEvent, at now: Int64) {
        switch event {
        case .answered(let number):
            ledger.answered(number, at: now)
        case .lost(let number, let error):
            lastError = error
            if let number { ledger.lost(number) }
        }
    }

    private func wait(for descriptors: [pollfd], until instant: Int64) {
        let left = max(instant - MonotonicClock.now(), 0)
        // Rounded up: waking early would only mean to wait again. A signal without a descriptor is looked at in turns.
        let milliseconds = min((left + 999_999) / 1_000_000, stop.descriptor >= 0 ? 60_000 : 50)
        var all = descriptors + [pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0)]
        _ = poll(&all, nfds_t(all.count), CInt(clamping: milliseconds))
    }
}
