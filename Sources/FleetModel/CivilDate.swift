/// A day of the Gregorian calendar.
struct CivilDate: Equatable {
    let year: Int64
    /// 1 … 12.
    let month: Int
    /// 1 … 31.
    let day: Int

    private static let daysIn400Years: Int64 = 146_097
    /// Days before each month of a year that begins with March, so that the leap day comes last.
    private static let daysBefore: [Int64] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337]

    /// - Parameter days: since 1970-01-01; any within some million years.
    init(daysSince1970 days: Int64) {
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let era = shifted.flooredDivision(by: Self.daysIn400Years)
        let dayOfEra = shifted - era * Self.daysIn400Years
        // A leap day ends each 4th year, except each 100th, except the 400th: the corrections undo them one by one.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (Self.daysBefore.lastIndex { $0 <= dayOfYear }) ?? 0
        day = Int(dayOfYear - Self.daysBefore[marchMonth]) + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// - Returns: nil for a day that the calendar does not have; the year is 1 … 9999.
    init?(year: Int64, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        guard day <= (month == 2 && !isLeap ? 28 : Self.longestMonth(month)) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day's number; negative before 1970.
    var daysSince1970: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.flooredDivision(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = Self.daysBefore[month > 2 ? month - 3 : month + 9] + Int64(day) - 1
        return era * Self.daysIn400Years + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The days of a month in a leap year.
    static func longestMonth(_ month: Int) -> Int {
        switch month {
        case 2: 29
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity; the divisor is positive.
    func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
