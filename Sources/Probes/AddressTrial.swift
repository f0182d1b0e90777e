import Glibc
import Sockets

/// Finds which of a name's addresses answers: one round trip to each at once, and a second one for those that were silent.
///
/// These round trips choose and count for nothing else. An address that stands further in front is preferred, as long as it does not
/// take much longer than one behind it: a dead address of a router does not make the router unreachable, just as a test that tries
/// one address after the other goes on to the next.
struct AddressTrial {
    /// How long all may take, in nanoseconds.
    let patience: Int64
    let stop: StopSignal
    /// An instant of ``MonotonicClock``.
    let deadline: Int64

    /// What an address in front gets beyond twice the round trip of one behind it.
    private static let headStart: Int64 = 100_000_000

    private enum State {
        case underWay, answered, lost
    }

    /// Blocks its thread, in `poll` alone.
    ///
    /// - Parameter transports: one for each address, in the order of preference; nil for one to which nothing can be sent.
    /// - Returns: the index of the address to take; nil where none answered.
    func run(over transports: inout [(any RoundTripTransport)?]) -> Int? {
        let began = MonotonicClock.now()
        var states = transports.map { $0 == nil ? State.lost : .underWay }
        var end = min(began + patience, deadline)
        var again = began + (end - began) / 2
        for index in transports.indices { start(0, &transports[index], &states[index]) }
        while !stop.isRaised {
            let now = MonotonicClock.now()
            let first = states.firstIndex(of: .answered)
            if let first, !states[..<first].contains(.underWay) || now >= end { return first }
            if now >= end || !states.contains(.underWay) { return first }
            if now >= again {
                again = .max
                for index in transports.indices where states[index] == .underWay {
                    start(1, &transports[index], &states[index])
                }
            }
            wait(for: transports.compactMap(\.self).flatMap(\.pollDescriptors), until: min(end, again))
            for index in transports.indices { collect(&transports[index], &states[index]) }
            if first == nil, states.contains(.answered) {
                let answered = MonotonicClock.now()
                end = min(end, answered + 2 * (answered - began) + Self.headStart)
            }
        }
        return nil
    }

    private func start(_ number: Int, _ transport: inout (any RoundTripTransport)?, _ state: inout State) {
        switch transport?.start(number) {
        case .answered?: state = .answered
        case .lost?, .localFault?: state = .lost
        case .underWay?, nil: break
        }
    }

    private func collect(_ transport: inout (any RoundTripTransport)?, _ state: inout State) {
        for event in transport?.collect() ?? [] where state == .underWay {
            switch event {
            case .answered: state = .answered
            case .lost: state = .lost
            }
        }
    }

    private func wait(for descriptors: [pollfd], until instant: Int64) {
        let left = max(instant - MonotonicClock.now(), 0)
        let milliseconds = min((left + 999_999) / 1_000_000, stop.descriptor >= 0 ? 60_000 : 50)
        var all = descriptors + [pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0)]
        _ = poll(&all, nfds_t(all.count), CInt(clamping: milliseconds))
    }
}
