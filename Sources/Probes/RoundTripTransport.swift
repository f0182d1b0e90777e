import Glibc

/// A way to send something that the far side answers at once.
protocol RoundTripTransport {
    /// How many round trips may be under way at a time.
    var mostUnderWay: Int { get }

    /// The descriptors that wake up when an answer may be there, and for which events.
    var pollDescriptors: [pollfd] { get }

    /// Begins the round trip of that number.
    mutating func start(_ number: Int) -> RoundTripStart

    /// Takes in what has come without waiting.
    mutating func collect() -> [RoundTripEvent]

    /// Nobody waits for this round trip's answer any longer.
    mutating func giveUp(_ number: Int)
}

/// What came of the attempt to begin a round trip.
enum RoundTripStart: Equatable {
    case underWay
    /// The answer was there at once, as a refusal on the same machine can be.
    case answered
    /// This one is lost; the system said why.
    case lost(error: CInt)
    /// No further one can be sent either: this machine is out of something.
    case localFault(error: CInt)
}

/// What came back.
enum RoundTripEvent: Equatable {
    case answered(Int)
    /// That round trip is lost, or an unknown one is; the network said why.
    case lost(Int?, error: CInt)
}
