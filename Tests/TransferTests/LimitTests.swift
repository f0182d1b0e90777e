import Sockets
import Testing

@testable import Transfer

/// Numbers from a configuration that no arithmetic may trap on.
@Suite struct LimitTests {
    @Test(arguments: [-Double.infinity, -1, 0, .leastNonzeroMagnitude, 1, 1e15, 1e40, .infinity, .nan])
    func `no rate traps the pacer`(rate: Double) {
        var pacer = Pacer(bitsPerSecond: rate, now: 0)
        for now: Int64 in [0, 1, 4_000_000, 1_000_000_000, 100_000_000_000, .max / 4] {
            pacer.sent(pacer.allowance(at: now))
            #expect(pacer.nextAllowance() >= 0)
        }
    }

    @Test func `no duration overflows an instant`() {
        for duration in [Duration.seconds(Int64.max), .seconds(Int64.max / 1_000_000_000), .seconds(Int64.min)] {
            let deadline = MonotonicClock.now() + duration.wholeNanoseconds
            #expect((deadline - MonotonicClock.now() > 0) == (duration > .zero))
            #expect(deadline &+ 3_600_000_000_000 > deadline)
        }
        #expect(Duration.milliseconds(1500).wholeNanoseconds == 1_500_000_000)
        #expect(Duration.milliseconds(-1500).wholeNanoseconds == -1_500_000_000)
    }
}
