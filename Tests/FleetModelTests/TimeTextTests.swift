@testable import FleetModel
import Foundation
import Testing

@Suite("Days and times as people write them")
struct TimeTextTests {
    private static func utc(_ text: String, in zone: String = "UTC") throws -> String {
        let zone = try #require(TimeZone(identifier: zone))
        return try #require(TimeText(parsing: text)).date(in: zone).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    @Test("A day begins where its zone says, a time is local without an offset")
    func zones() throws {
        #expect(try Self.utc("2026-11-29") == "2026-11-29T00:00:00.000Z")
        #expect(try Self.utc("2026-11-29", in: "Pacific/Auckland") == "2026-11-28T11:00:00.000Z")
        #expect(try Self.utc("2026-11-29T10:15", in: "Europe/Vienna") == "2026-11-29T09:15:00.000Z")
        #expect(try Self.utc("2026-11-29T10:15:07.5Z", in: "Europe/Vienna") == "2026-11-29T10:15:07.500Z")
        #expect(try Self.utc("2026-11-29T10:15:07+13:00") == "2026-11-28T21:15:07.000Z")
        #expect(try Self.utc("2026-11-29T10:15-0330") == "2026-11-29T13:45:00.000Z")
        #expect(try Self.utc("2024-02-29") == "2024-02-29T00:00:00.000Z")
        #expect(try Self.utc("2000-02-29") == "2000-02-29T00:00:00.000Z")
    }

    @Test("A local time that the clocks skip is the first instant after it, one that comes twice the first")
    func changes() throws {
        #expect(try Self.utc("2026-03-29T02:30", in: "Europe/Vienna") == "2026-03-29T01:00:00.000Z")
        #expect(try Self.utc("2026-10-25T02:30", in: "Europe/Vienna") == "2026-10-25T00:30:00.000Z")
        // Midnight does not exist on this day in Cairo; in Apia the whole day does not.
        #expect(try Self.utc("2026-04-24", in: "Africa/Cairo") == "2026-04-23T22:00:00.000Z")
        #expect(try Self.utc("2011-12-30", in: "Pacific/Apia") == "2011-12-30T10:00:00.000Z")
    }

    @Test(
        "What no calendar and no clock shows is refused and not rolled over",
        arguments: [
            "2026-02-30", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00",
            "2026-01-32",
            "2026-01-01T24:00", "2026-01-01T24:00:00Z", "2026-01-01T25:00Z", "2026-01-01T10:60", "2026-01-01T10:00:60Z",
            "2026-1-1", "26-01-01", "2026-01-01T", "2026-01-01T10", "2026-01-01T10:00:00.", "2026-01-01T10:00+24:00",
            "2026-01-01T10:00+01:60", "2026-01-01Z", "0000-01-01", "2026-01-01 ", "", "yesterday", "２０２６-01-01",
            "2026-01-01T10:00:00Zjunk", "+2026-01-01", "2026-01-01T-1:00",
        ])
    func nonexistent(text: String) {
        #expect(TimeText(parsing: text) == nil)
    }

    @Test("Each day of four centuries is its own number")
    func roundTrip() throws {
        var day = try #require(CivilDate(year: 1896, month: 2, day: 28)).daysSince1970
        let end = try #require(CivilDate(year: 2404, month: 3, day: 1)).daysSince1970
        while day <= end {
            let date = CivilDate(daysSince1970: day)
            #expect(CivilDate(year: date.year, month: date.month, day: date.day)?.daysSince1970 == day)
            day += 1
        }
    }
}
