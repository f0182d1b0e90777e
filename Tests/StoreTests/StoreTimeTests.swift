import Foundation
import Testing

@testable import Store

@Suite("Times in the store")
struct StoreTimeTests {
    /// From 2004 on, where a date is coarser than a nanosecond, to 2060.
    @Test("A date reads back as the very same date", arguments: 0..<400)
    func dates(_ step: Int) {
        let date = Date(timeIntervalSinceReferenceDate: Double(step) * 4_567_890.123456789 + 1e8)
        #expect(StoreTime.date(ofNanoseconds: StoreTime.nanoseconds(of: date)) == date)
    }

    @Test("The epoch is 0, and a millisecond a million")
    func epoch() {
        #expect(StoreTime.nanoseconds(of: Date(timeIntervalSince1970: 0)) == 0)
        #expect(StoreTime.nanoseconds(of: Date(timeIntervalSince1970: 1_772_424_306.5)) == 1_772_424_306_500_000_000)
        #expect(StoreTime.nanoseconds(of: .nanoseconds(1_500_000_007)) == 1_500_000_007)
        #expect(StoreTime.nanoseconds(ofSeconds: 0.0123) == 12_300_000)
    }

    @Test("What no column can hold is held at its end or unknown, and traps nothing")
    func extremes() {
        #expect(StoreTime.nanoseconds(of: Date.distantFuture) > 0)
        #expect(StoreTime.nanoseconds(of: Date.distantPast) < 0)
        #expect(StoreTime.nanoseconds(of: Date(timeIntervalSinceReferenceDate: .nan)) == 0)
        #expect(StoreTime.nanoseconds(of: .seconds(Int64.max)) == .max)
        #expect(StoreTime.nanoseconds(of: .seconds(Int64.min)) == .min)
        #expect(StoreTime.nanoseconds(ofSeconds: .infinity) == nil)
        #expect(StoreTime.nanoseconds(ofSeconds: 1e300) == nil)
        #expect(StoreTime.end(of: .max, lasting: 1) == .max)
        _ = StoreTime.date(ofNanoseconds: .min)
    }
}
