import Testing

@testable import FleetModel

@Suite struct LatencySummaryTests {
    @Test func `jitter is the mean step from one round trip to the next, in their order`() throws {
        let rising = try #require(LatencySummary(method: .icmp, roundTrips: [0.01, 0.02, 0.03], sent: 3))
        let jumping = try #require(LatencySummary(method: .icmp, roundTrips: [0.02, 0.01, 0.03], sent: 3))
        #expect(abs((rising.jitter ?? 0) - 0.01) < 1e-12)
        #expect(abs((jumping.jitter ?? 0) - 0.015) < 1e-12)
        #expect(abs((rising.spread ?? 0) - 0.02) < 1e-12)
        #expect(rising.median == jumping.median)
    }

    @Test func `one round trip has no jitter, and none no summary`() {
        #expect(LatencySummary(method: .icmp, roundTrips: [0.01], sent: 2)?.jitter == nil)
        #expect(LatencySummary(method: .icmp, roundTrips: [], sent: 2) == nil)
    }
}
