import Foundation
import Testing

@testable import ServerLimits

@Suite struct QuotaPeriodTests {
    @Test func `weeks begin on Monday and months on the first, as the calendar says`() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        // From 1969 over 2000 (a leap year) to 2108 (after 2100, which is none).
        for day in stride(from: -400, through: 50_400, by: 3) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 43_200)
            func first(_ component: Calendar.Component) throws -> Int {
                let start = try #require(calendar.dateInterval(of: component, for: date)).start
                return Int((start.timeIntervalSince1970 / 86_400).rounded())
            }
            #expect(QuotaPeriod.day.firstDay(of: day) == day)
            #expect(try QuotaPeriod.week.firstDay(of: day) == first(.weekOfYear))
            #expect(try QuotaPeriod.month.firstDay(of: day) == first(.month))
        }
    }
}
