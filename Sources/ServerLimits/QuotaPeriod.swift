/// The span over which a quota counts. All of them begin at midnight UTC.
public enum QuotaPeriod: String, Sendable, Hashable, CaseIterable {
    case day
    /// From Monday.
    case week
    /// From the first of the calendar month.
    case month

    /// Days that the longest of them has at most.
    public static let longest = 31

    /// The first day of the period that a day lies in.
    ///
    /// - Parameter day: days since 1970-01-01, UTC.
    public func firstDay(of day: Int) -> Int {
        switch self {
        case .day: day
        // 1970-01-01 was a Thursday.
        case .week: day - Self.remainder(day + 3, 7)
        case .month: day - Self.dayOfMonth(day)
        }
    }

    /// The day of the month, from 0, in the Gregorian calendar: years begin in March here, so that a leap day is the last
    /// of its year (after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func dayOfMonth(_ day: Int) -> Int {
        let dayOfEra = remainder(day + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return dayOfYear - (153 * month + 2) / 5
    }

    private static func remainder(_ dividend: Int, _ divisor: Int) -> Int {
        let remainder = dividend % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
