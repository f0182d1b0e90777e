import Foundation

/// A five-field cron expression: minute, hour, day of month, month, day of week.
///
/// Ranges, lists, steps, names (`JAN`, `MON`), 7 for Sunday and `@daily`-like words are understood. Where both day
/// fields are restricted, either may match; a field that begins with `*` is not restricted, as in Vixie's cron.
public struct CronExpression: Sendable, Equatable {
    /// Why a text is not a cron expression.
    public struct ParseError: Error, Equatable, Sendable {
        /// One clause that names the field.
        public let message: String
    }

    /// As it was written.
    public let text: String

    /// The matching minutes of a matching day, 0 … 1439, in ascending order; never empty.
    private let minutesOfDay: [Int]
    let daysOfMonth: CronField.Values
    let months: CronField.Values
    /// Sunday is 0.
    let daysOfWeek: CronField.Values
    private let needsBothDays: Bool
    /// The least time between two matches over four years of UTC; nil if there is only one.
    public private(set) var shortestGap: Duration?

    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Reads five fields, or one of `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
    ///
    /// - Throws: a sentence that says which field is wrong, also for days that never come (`30 2`).
    public init(parsing text: String) throws(ParseError) {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        var fieldText = trimmed
        if trimmed.hasPrefix("@") {
            guard let meaning = Self.words[trimmed.lowercased()] else {
                let known = Self.words.keys.sorted().joined(separator: ", ")
                throw ParseError(message: "a cron expression is five fields or one of \(known)")
            }
            fieldText = meaning
        }
        let fields = fieldText.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count == 5 else {
            throw ParseError(message: "a cron expression has five fields; this one has \(fields.count)")
        }
        self.text = text
        let minutes = try CronField.minute.parse(fields[0])
        let hours = try CronField.hour.parse(fields[1])
        minutesOfDay = (0..<1440).filter { hours.contains($0 / 60) && minutes.contains($0 % 60) }
        daysOfMonth = try CronField.dayOfMonth.parse(fields[2])
        months = try CronField.month.parse(fields[3])
        daysOfWeek = try CronField.dayOfWeek.parse(fields[4])
        needsBothDays = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        guard matchesSomeDay else {
            throw ParseError(
                message: "the days \(fields[2].prefix(20)) never come in the months \(fields[3].prefix(20))")
        }
        shortestGap = findShortestGap()
    }

    /// The first match after an instant.
    ///
    /// A local time that the spring change skips matches at the first valid instant, once; one that the autumn change
    /// repeats matches the first time only.
    ///
    /// - Returns: nil if there is none within forty-one years, the longest that a 29 February takes to fall on each
    ///   day of the week.
    public func next(after instant: Date, in zone: TimeZone) -> Date? {
        let seconds = instant.timeIntervalSince1970
        guard seconds.isFinite, abs(seconds) < 1e11 else { return nil }
        let local = Int64(seconds.rounded(.down)) + Int64(zone.secondsFromGMT(for: instant))
        let clock = LocalClock(zone: zone)
        let firstDay = local.flooredDivision(by: 86400)
        var firstMinute = Int((local - firstDay * 86400) / 60)
        for day in firstDay...(firstDay + 41 * 366) {
            if matches(day: day) {
                for minute in minutesOfDay where minute >= firstMinute {
                    let match = clock.firstInstant(ofLocalSecond: day * 86400 + Int64(minute) * 60)
                    if match > instant { return match }
                }
            }
            firstMinute = 0
        }
        return nil
    }

    private func findShortestGap() -> Duration? {
        guard let first = minutesOfDay.first, let last = minutesOfDay.last else { return nil }
        var shortest = zip(minutesOfDay, minutesOfDay.dropFirst()).map { $1 - $0 }.min()
        // From 1 January 2024: a leap year first, so that each day of the four years' cycle is there.
        let start: Int64 = 19723
        var lastDay: Int64?
        for day in start..<(start + 1461) where matches(day: day) {
            if let lastDay { shortest = min(shortest ?? .max, Int(day - lastDay) * 1440 + first - last) }
            lastDay = day
        }
        return shortest.map { .seconds($0 * 60) }
    }

    /// - Parameter day: days since 1970-01-01 in local time.
    private func matches(day: Int64) -> Bool {
        let date = CivilDate(daysSince1970: day)
        guard months.contains(date.month) else { return false }
        let dayMatches = daysOfMonth.contains(date.day)
        // 1 January 1970 was a Thursday.
        let weekday = Int((day + 4) - (day + 4).flooredDivision(by: 7) * 7)
        let weekdayMatches = daysOfWeek.contains(weekday)
        return needsBothDays ? dayMatches && weekdayMatches : dayMatches || weekdayMatches
    }

    private var matchesSomeDay: Bool {
        // With a restricted day of the week beside it, a day that never comes does no harm.
        guard needsBothDays else { return true }
        return (1...12).contains { month in
            months.contains(month) && (1...CivilDate.longestMonth(month)).contains { daysOfMonth.contains($0) }
        }
    }

    public static func == (left: CronExpression, right: CronExpression) -> Bool {
        left.text == right.text
    }
}
