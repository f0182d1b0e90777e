import Testing

@testable import Transfer

@Suite struct LowWaterMarkTests {
    /// Notes 20 ms of reads, one each 100 us.
    private static func follow(_ mark: inout LowWaterMark, gigabits: Double, from start: Int64) -> Int64 {
        for step in Int64(0)..<200 { mark.received(Int(gigabits * 12_500), at: start + step * 100_000) }
        return start + 20_000_000
    }

    @Test func `a slow stream wakes its reader at each arrival`() {
        var mark = LowWaterMark(largest: 1 << 20, horizon: 400_000)
        _ = Self.follow(&mark, gigabits: 1.2, from: 1_000_000_000)
        #expect(mark.bytes == 1)
    }

    @Test func `a fast stream wakes it once for the horizon, up to the largest mark`() {
        var mark = LowWaterMark(largest: 1 << 20, horizon: 400_000)
        let now = Self.follow(&mark, gigabits: 10, from: 1_000_000_000)
        #expect(abs(mark.bytes - 500_000) < 25_000)
        _ = Self.follow(&mark, gigabits: 40, from: now)
        #expect(mark.bytes == 1 << 20)
    }

    @Test func `a stream that falls silent or slow wakes it at each arrival again`() {
        var mark = LowWaterMark()
        var now = Self.follow(&mark, gigabits: 10, from: 1_000_000_000)
        #expect(mark.bytes > 100_000)
        let hasFallen = mark.fellSilent()
        #expect(hasFallen)
        #expect(mark.bytes == 1)
        let fallsAgain = mark.fellSilent()
        #expect(!fallsAgain)
        now = Self.follow(&mark, gigabits: 10, from: now)
        #expect(mark.bytes > 100_000)
        _ = Self.follow(&mark, gigabits: 0.1, from: now)
        #expect(mark.bytes == 1)
    }
}
