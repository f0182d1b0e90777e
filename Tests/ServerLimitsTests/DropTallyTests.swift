import TestSupport
import Testing

@testable import ServerLimits

@Suite(.onlyComputes) struct DropTallyTests {
    @Test func `one drop a second is told, with the number of those that were not`() {
        var tally = DropTally()
        #expect(tally.dropped(at: -5_000_000_000) == 0)
        for _ in 0..<9 { #expect(tally.dropped(at: -4_000_000_001) == nil) }
        #expect(tally.dropped(at: -4_000_000_000) == 9)
        #expect(tally.dropped(at: -3_999_999_999) == nil)
        #expect(tally.dropped(at: 60_000_000_000) == 1)
    }
}
