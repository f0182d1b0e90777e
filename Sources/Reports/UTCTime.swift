import Foundation

/// Instants as every output writes them: ISO 8601, UTC, with Z.
package enum UTCTime {
    /// `2026-03-02T04:05:06.789Z`, rounded to the millisecond.
    package static func milliseconds(_ date: Date) -> String {
        let (days, rest) = parts(date)
        return day(days) + "T" + clock(rest) + "." + digits(rest % 1000, 3) + "Z"
    }

    /// `2026-03-02T04:05:06Z`, to the second that has begun.
    package static func seconds(_ date: Date) -> String {
        let (days, rest) = parts(date)
        return day(days) + "T" + clock(rest) + "Z"
    }

    /// `2026-03-02 04:05Z`, for people.
    static func minutes(_ date: Date) -> String {
        let (days, rest) = parts(date)
        return day(days) + " " + clock(rest).prefix(5) + "Z"
    }

    /// `2 Mar`, for the axis of a chart.
    static func shortDay(_ date: Date) -> String {
        let (_, month, day) = civil(parts(date).days)
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(day) \(names[(month - 1) % 12])"
    }

    /// `04:05`, for the axis of a chart.
    static func shortClock(_ date: Date) -> String {
        String(clock(parts(date).rest).prefix(5))
    }

    /// Days since 1970-01-01 and milliseconds into the day; what lies outside the years 0 … 9999 is brought to their
    /// end.
    private static func parts(_ date: Date) -> (days: Int, rest: Int) {
        let seconds = date.timeIntervalSince1970
        let bounded = seconds.isFinite ? min(max(seconds, -62_167_219_200), 253_402_300_799) : 0
        let milliseconds = Int((bounded * 1000).rounded())
        let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
        return (days, milliseconds - days * 86_400_000)
    }

    private static func day(_ days: Int) -> String {
        let (year, month, day) = civil(days)
        return digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2)
    }

    private static func clock(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1000
        return digits(seconds / 3600, 2) + ":" + digits(seconds / 60 % 60, 2) + ":" + digits(seconds % 60, 2)
    }

    /// The Gregorian date of a day. Years are counted from March, so that the leap day is the last one of its year.
    static func civil(_ daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let daysOf400Years = 146_097
        let days = daysSince1970 + 719_468
        let era = Int((Double(days) / Double(daysOf400Years)).rounded(.down))
        let dayOfEra = days - era * daysOf400Years
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The first day of a month; the year is 0 … 9999 or near it.
    static func daysSince1970(year: Int, month: Int) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Int((Double(marchYear) / 400).rounded(.down))
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(count - text.utf8.count, 0)) + text
    }
}
