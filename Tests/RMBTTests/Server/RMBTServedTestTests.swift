import ServerLimits
import Sockets
import Testing

@testable import RMBT

@Suite struct RMBTServedTestTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `bytes are counted in the part of time in which they moved`() {
        var test = RMBTServedTest(identity: "a_1")
        test.add(10, isReceived: false, at: 5 * Self.second)
        test.add(5, isReceived: true, at: 5 * Self.second + 250_000_000)
        test.add(20, isReceived: false, at: 6 * Self.second)
        // A clock that is behind, as another thread's may be, is no part before the first.
        test.add(1, isReceived: false, at: 4 * Self.second)
        #expect(test.sent == [11, 0, 0, 0, 20])
        #expect(test.received == [0, 5])
        #expect(test.bytes == 36)
    }

    @Test func `the most of any stretch of time is found`() {
        var test = RMBTServedTest(identity: "a_1")
        for index in 0..<8 { test.add(index < 4 ? 1 : 10, isReceived: false, at: Int64(index) * 250_000_000) }
        #expect(test.most(sent: true, within: 500_000_000) == 30)
        #expect(test.most(sent: true, within: 1) == 20)
        #expect(test.most(sent: true, within: .max) == 44)
        #expect(test.most(sent: true, within: 0) == 0)
        #expect(test.most(sent: false, within: Self.second) == 0)
    }

    @Test func `a long test takes no more room, and keeps its bytes`() {
        var test = RMBTServedTest(identity: "a_1")
        for second in 0..<600 { test.add(1, isReceived: true, at: Int64(second) * Self.second) }
        #expect(test.received.count <= RMBTServedTest.mostParts)
        #expect(test.bytes == 600)
        #expect(test.part == 8 * Self.second)
        test.add(1, isReceived: true, at: .max)
        #expect(test.received.count <= RMBTServedTest.mostParts)
    }

    @Test func `what was told is told again when it changed, or when nobody heard it`() {
        let served = RMBTServedTests()
        let later = MonotonicClock.now() + 60_000_000_000
        let meter = served.meter(for: "a_1", keyLabel: "key")
        #expect(served.takeUntold(at: later).isEmpty)
        meter.spent(7, .sent)
        served.meter(for: "a_1", keyLabel: "key").spent(3, .received)
        let told = served.takeUntold(at: later)
        #expect(told["key"]?.map(\.bytes) == [10])
        #expect(served.takeUntold(at: later).isEmpty)
        served.giveBack(told["key"] ?? [])
        #expect(served.takeUntold(at: later)["key"]?.map(\.bytes) == [10])
        meter.spent(1, .sent)
        #expect(served.takeUntold(at: MonotonicClock.now() - 1_000_000_000).isEmpty)
        for number in 0..<12_000 { served.meter(for: "b_\(number)", keyLabel: "").spent(1, .sent) }
        #expect(served.takeUntold(at: later).values.reduce(0) { $0 + $1.count } <= 10_000)
    }
}
