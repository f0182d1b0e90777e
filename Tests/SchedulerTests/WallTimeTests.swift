import Foundation
import Testing

@testable import Scheduler

@Suite("A wall time")
struct WallTimeTests {
    @Test func `survives the way through a Date to the millisecond`() {
        for index in 0..<200_000 {
            let time = WallTime(milliseconds: 1_772_409_600_000 + Int64(index) * 7_919_123)
            #expect(WallTime(time.date) == time)
        }
    }

    @Test func `never lies behind its Date`() {
        for index in 0..<1000 {
            let date = Date(timeIntervalSince1970: 1_772_409_600 + Double(index) * 0.0123)
            #expect(WallTime(date).date.timeIntervalSince(date) < 0.000_002)
        }
    }

    @Test func `takes dates beyond reason without a fault`() {
        for date in [
            Date.distantPast, .distantFuture, Date(timeIntervalSince1970: 1e300), Date(timeIntervalSince1970: .nan),
        ] {
            _ = WallTime(date) + 1
        }
    }
}
