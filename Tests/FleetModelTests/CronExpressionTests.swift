import FleetModel
import Foundation
import Testing

@Suite("A cron expression")
struct CronExpressionTests {
    private struct Case: Decodable {
        let expression: String
        let zone: String
        let after: Double
        let next: Double
    }

    private func matches(_ expression: String, after text: String, zone: String, count: Int) throws -> [String] {
        let cron = try CronExpression(parsing: expression)
        let zone = try #require(TimeZone(identifier: zone))
        var instant = try Date(text, strategy: .iso8601)
        var result: [String] = []
        for _ in 0..<count {
            instant = try #require(cron.next(after: instant, in: zone))
            result.append(instant.formatted(.iso8601))
        }
        return result
    }

    @Test func `five hundred next matches agree with croniter`() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/cron/matches", withExtension: "json"))
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(cases.count > 500)
        for item in cases {
            let cron = try CronExpression(parsing: item.expression)
            let zone = try #require(TimeZone(identifier: item.zone))
            let next = cron.next(after: Date(timeIntervalSince1970: item.after), in: zone)
            #expect(
                next?.timeIntervalSince1970 == item.next, "\(item.expression) in \(item.zone) after \(item.after)")
        }
    }

    @Test func `a local time that spring skips matches at the first valid instant`() throws {
        #expect(
            try matches("30 2 * * *", after: "2025-03-29T12:00:00Z", zone: "Europe/Vienna", count: 2)
                == ["2025-03-30T01:00:00Z", "2025-03-31T00:30:00Z"])
        #expect(
            try matches("30 2 * * *", after: "2025-03-08T12:00:00Z", zone: "America/New_York", count: 2)
                == ["2025-03-09T07:00:00Z", "2025-03-10T06:30:00Z"])
    }

    @Test func `several local times in the spring gap match once together`() throws {
        #expect(
            try matches("*/15 2 * * *", after: "2025-03-29T23:00:00Z", zone: "Europe/Vienna", count: 2)
                == ["2025-03-30T01:00:00Z", "2025-03-31T00:00:00Z"])
        #expect(
            try matches("0 2,3 * * *", after: "2025-03-29T23:00:00Z", zone: "Europe/Vienna", count: 2)
                == ["2025-03-30T01:00:00Z", "2025-03-31T00:00:00Z"])
    }

    @Test func `a local time that autumn repeats matches the first time only`() throws {
        #expect(
            try matches("30 2 * * *", after: "2025-10-25T12:00:00Z", zone: "Europe/Vienna", count: 2)
                == ["2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"])
        #expect(
            try matches("*/30 * * * *", after: "2025-10-25T23:45:00Z", zone: "Europe/Vienna", count: 4)
                == ["2025-10-26T00:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T02:00:00Z", "2025-10-26T02:30:00Z"])
    }

    @Test func `asked in the middle of the repeated hour it goes on behind it`() throws {
        #expect(
            try matches("10 * * * *", after: "2025-10-26T01:05:00Z", zone: "Europe/Vienna", count: 1)
                == ["2025-10-26T02:10:00Z"])
    }

    @Test func `a zone whose change is half an hour is right on both sides`() throws {
        // Lord Howe Island: 02:00 becomes 02:30 on 5 October 2025, at 15:30 UTC of the day before.
        #expect(
            try matches("15 2 * * *", after: "2025-10-04T00:00:00Z", zone: "Australia/Lord_Howe", count: 2)
                == ["2025-10-04T15:30:00Z", "2025-10-05T15:15:00Z"])
    }

    @Test func `a match lies strictly after the instant`() throws {
        #expect(
            try matches("0 2 * * *", after: "2025-06-01T02:00:00Z", zone: "UTC", count: 1) == ["2025-06-02T02:00:00Z"])
    }

    @Test func `29 February comes back after eight years around 2100`() throws {
        #expect(
            try matches("0 0 29 2 *", after: "2096-03-01T00:00:00Z", zone: "UTC", count: 1) == ["2104-02-29T00:00:00Z"])
    }

    @Test(arguments: [
        ("* * * *", "a cron expression has five fields; this one has 4"),
        ("* * * * * *", "a cron expression has five fields; this one has 6"),
        ("", "a cron expression has five fields; this one has 0"),
        ("60 * * * *", "the minute field has \"60\", which is not in 0 to 59"),
        ("0 24 * * *", "the hour field has \"24\", which is not in 0 to 23"),
        ("0 0 0 * *", "the day of month field has \"0\", which is not in 1 to 31"),
        ("0 0 * 13 *", "the month field has \"13\", which is not in 1 to 12"),
        ("0 0 * * 8", "the day of week field has \"8\", which is not in 0 to 7"),
        ("0 0 * * MO", "the day of week field has \"MO\", which is not in 0 to 7"),
        ("0 5-3 * * *", "the hour field has \"5-3\", which runs backwards"),
        ("*/0 * * * *", "the minute field has the step \"0\", which is not in 1 to 59"),
        ("*/90 * * * *", "the minute field has the step \"90\", which is not in 1 to 59"),
        ("1,,2 * * * *", "the minute field has \"\", which is not in 0 to 59"),
        ("1/2/3 * * * *", "the minute field has \"1/2/3\", which is not in 0 to 59"),
        ("99999999999999999999 * * * *", "the minute field has \"99999999999999999999\", which is not in 0 to 59"),
        ("0 0 30 2 *", "the days 30 never come in the months 2"),
        ("0 0 31 4,6,9,11 *", "the days 31 never come in the months 4,6,9,11"),
        (
            "@reboot",
            "a cron expression is five fields or one of "
                + "@annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"
        ),
    ])
    func `a wrong one says which field`(text: String, message: String) {
        let error = #expect(throws: CronExpression.ParseError.self) { try CronExpression(parsing: text) }
        #expect(error?.message == message)
    }

    @Test func `a day that never comes does no harm beside a restricted day of the week`() throws {
        #expect(
            try matches("0 0 30 2 MON", after: "2025-01-31T00:00:00Z", zone: "UTC", count: 1) == [
                "2025-02-03T00:00:00Z"
            ])
    }

    @Test(arguments: [
        ("* * * * *", 60), ("*/7 * * * *", 240), ("0 2 * * *", 86400), ("0 2,3 * * *", 3600),
        ("0 0 * * SAT,SUN", 86400),
        ("0 0 1 * *", 28 * 86400), ("55 23 * * *", 86400), ("0,55 0,23 * * *", 300),
    ])
    func `its shortest gap is known`(text: String, seconds: Int) throws {
        #expect(try CronExpression(parsing: text).shortestGap == .seconds(seconds))
    }
}
