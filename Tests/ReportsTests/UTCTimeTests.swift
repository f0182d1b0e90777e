import Foundation
import Testing

@testable import Reports

@Suite("Times in reports")
struct UTCTimeTests {
    @Test(
        "An instant is written in UTC with Z",
        arguments: [
            (0.0, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_799.9994, "2000-02-29T23:59:59.999Z"), (951_868_799.9996, "2000-03-01T00:00:00.000Z"),
            (1_772_424_306.789, "2026-03-02T04:05:06.789Z"), (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"),
            (-11_644_473_600, "1601-01-01T00:00:00.000Z"),
        ])
    func written(_ seconds: Double, _ text: String) {
        #expect(UTCTime.milliseconds(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test("Every day of 400 years is the one that Foundation's calendar names")
    func againstFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: -50_000, to: 96_097, by: 13) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let expected = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            #expect(UTCTime.seconds(date) == expected + "T00:00:00Z")
        }
    }

    @Test("Dates outside the four digits of a year are held at their end, and none traps")
    func extremes() {
        #expect(UTCTime.seconds(Date(timeIntervalSince1970: 1e300)) == "9999-12-31T23:59:59Z")
        #expect(UTCTime.seconds(Date(timeIntervalSince1970: -1e300)) == "0000-01-01T00:00:00Z")
        #expect(UTCTime.seconds(Date(timeIntervalSince1970: .nan)) == "1970-01-01T00:00:00Z")
    }
}
