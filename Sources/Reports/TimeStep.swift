import Foundation

/// The distance of the labels on an axis of time: a round one, by the clocks of the report's zone.
enum TimeStep: Equatable {
    /// Divides a minute, an hour or a day.
    case seconds(Int64)
    case days(Int64)
    /// Divides a year.
    case months(Int)
    case years(Int)

    private static let all: [(step: TimeStep, length: Double)] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map {
            (TimeStep.seconds($0), Double($0))
        } + [1, 2, 7, 14].map { (TimeStep.days($0), Double($0) * 86_400) }
        + [1, 2, 3, 6].map { (TimeStep.months($0), Double($0) * 30 * 86_400) }
        + [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map { (TimeStep.years($0), Double($0) * 365 * 86_400) }

    /// The finest one that gives at most so many labels.
    static func fitting(_ length: Double, most: Int) -> TimeStep {
        all.first { length / $0.length <= Double(most) }?.step ?? .years(2000)
    }

    /// The instants of a period that are labelled, in ascending order.
    func instants(from begin: Date, to end: Date, _ time: ReportTime) -> [Date] {
        let first = time.localSecond(begin)
        var found: [Date] = []
        var index = 0
        // Twice as many as there can be labels: where a clock change doubles or skips some.
        while index < 64 {
            let second = localSecond(index, after: first)
            let date = time.instant(ofLocalSecond: second)
            if date > end { break }
            if date >= begin, found.last.map({ $0 < date }) ?? true { found.append(date) }
            index += 1
        }
        return found
    }

    func label(_ date: Date, _ time: ReportTime) -> String {
        switch self {
        case .seconds(let step):
            let isMidnight = time.localSecond(date) % 86_400 == 0
            if isMidnight { return time.shortDay(date) }
            return step < 60 ? time.longClock(date) : time.shortClock(date)
        case .days: return time.shortDay(date)
        case .months: return time.shortMonth(date)
        case .years: return time.year(date)
        }
    }

    /// The n-th round local time at or before, and after, a local second.
    private func localSecond(_ index: Int, after first: Int64) -> Int64 {
        switch self {
        case .seconds(let step): return (Self.floor(first, step) + Int64(index)) * step
        case .days(let step):
            // Weeks begin on Monday; 1970-01-05 was one.
            let anchor: Int64 = step % 7 == 0 ? 4 : 0
            return ((Self.floor(Self.floor(first, 86_400) - anchor, step) + Int64(index)) * step + anchor) * 86_400
        case .months(let step):
            let day = UTCTime.civil(Int(Self.floor(first, 86_400)))
            let months =
                Self.floor(Int64(day.year * 12 + day.month - 1), Int64(step)) * Int64(step) + Int64(index * step)
            return UTCTime.daysSince1970(
                year: Int(Self.floor(months, 12)), month: Int(months - Self.floor(months, 12) * 12) + 1)
                * 86_400
        case .years(let step):
            let year = UTCTime.civil(Int(Self.floor(first, 86_400))).year
            return UTCTime.daysSince1970(
                year: Int(Self.floor(Int64(year), Int64(step))) * step + index * step, month: 1) * 86_400
        }
    }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
