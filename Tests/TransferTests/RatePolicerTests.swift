import Testing

@testable import Transfer

@Suite struct RatePolicerTests {
    @Test(arguments: [1e5, 1e6, 1e7]) func `ten times the rate gets the rate`(rate: Double) {
        var policer = RatePolicer(bitsPerSecond: rate, now: 0)
        var admitted = 0
        let gap = Int64(1500 * 8 / rate * 1e8)
        let end: Int64 = 60_000_000_000
        for now in stride(from: 0, to: end, by: Int64.Stride(max(gap, 1200))) where policer.admits(1500, at: now) {
            admitted += 1500
        }
        let measured = Double(admitted) * 8 / 60
        #expect(measured > rate * 0.97)
        // The burst at the beginning comes on top.
        #expect(measured < rate * 1.01 + max(rate * 0.1, 131_072 * 8) / 60)
    }

    @Test func `half the rate is let through whole`() {
        var policer = RatePolicer(bitsPerSecond: 12e6, now: 0)
        #expect((0..<10_000).allSatisfy { policer.admits(1500, at: Int64($0) * 2_000_000) })
    }
}
