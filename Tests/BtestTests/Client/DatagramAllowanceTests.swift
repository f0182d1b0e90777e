import Sockets
import Testing
import Transfer

@testable import Btest

@Suite struct DatagramAllowanceTests {
    private let stop = StopSignal()

    private func allowance(_ rate: Double, seconds: Int64, packet: Int = 1500) -> DatagramAllowance {
        DatagramAllowance(
            bitsPerSecond: rate, nanoseconds: seconds * 1_000_000_000,
            size: DatagramSize(packet: packet, isIPv6: false),
            stop: stop)
    }

    @Test func `a tenth more is no excess, a third more is one`() {
        let some = allowance(8e6, seconds: 10)
        some.spend(11_000_000)
        #expect(!some.isExceeded(after: 10_000_000_000))
        some.spend(2_300_000)
        #expect(some.isExceeded(after: 10_000_000_000))
        #expect(!stop.isRaised)
    }

    @Test func `half more than the whole test may bring ends it`() {
        let some = allowance(8e6, seconds: 10)
        some.spend(15_000_000)
        #expect(!stop.isRaised)
        #expect(!some.isExhausted)
        some.spend(400_000)
        #expect(stop.isRaised)
        #expect(some.isExhausted)
    }

    @Test func `a server that counts no headers is given what it cannot know of`() {
        // 64 bytes of tx-size become packets of 92 there.
        let some = allowance(8e6, seconds: 10, packet: 64)
        some.spend(14_375_000)
        #expect(!some.isExceeded(after: 10_000_000_000))
    }

    @Test(arguments: [0, 1e-3, 1e300, .infinity, .nan])
    func `no rate makes the arithmetic overflow`(rate: Double) {
        let some = allowance(rate, seconds: 3600)
        some.spend(1 << 61)
        #expect(some.isExhausted)
    }
}
