import Glibc
import Sockets
import Synchronization
import Testing

@testable import Transfer

@Suite struct ByteAllowanceTests {
    /// A budget of its own.
    private final class Budget: ByteAllowance {
        private let left: Atomic<Int>

        init(_ bytes: Int) {
            left = Atomic(bytes)
        }

        var remaining: Int { left.load(ordering: .relaxed) }

        func spend(_ bytes: Int) {
            left.subtract(bytes, ordering: .relaxed)
        }

        var overshoot: Int { -left.load(ordering: .relaxed) }
    }

    @Test(arguments: [true, false])
    func `a transfer ends at its budget, at most one turn beyond it`(limitsSender: Bool) async throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (near, far) = (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
        let stop = StopSignal()
        let budget = Budget(5_000_000)
        let origin = MonotonicClock.now()
        async let sent = DataThread.run("sender") {
            let count = StreamSender(
                socket: near, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 60_000_000_000,
                allowance: limitsSender ? budget : nil
            ).run()
            near.shutDownSending()
            return count
        }
        let received = await DataThread.run("receiver") {
            let count = StreamReceiver(
                socket: far, stop: stop, meter: ByteMeter(), origin: origin, deadline: origin + 60_000_000_000,
                allowance: limitsSender ? nil : budget
            ).receive { piece, _ in piece.count }
            far.shutDown()
            return count
        }
        let limited = await limitsSender ? sent : received
        #expect(limited.end == .exhausted)
        #expect(limited.bytes == 5_000_000 + Int64(budget.overshoot))
        #expect(budget.overshoot == 0)
    }
}
