import Foundation

/// A day or a time as people write it (ISO 8601): `2026-11-21`, `2026-11-21T02:00`, `2026-11-21T02:00:00.5Z`, `2026-11-21T02:00+13:00`.
///
/// What no calendar and no clock shows is no time: the 30th of February, hour 24, second 60. Nothing is rolled over.
public enum TimeText: Sendable, Equatable {
    /// With `Z` or an offset.
    case instant(Date)
    /// Without: what the clocks of a zone show; seconds from 1970-01-01 00:00 there, as if no offset ever changed.
    case local(second: Int64, fraction: Double)

    /// - Returns: nil for everything else, also for a year outside 1 … 9999.
    public init?(parsing text: String) {
        var rest = Substring(text)
        guard let year = Self.number(&rest, 4), Self.take("-", &rest), let month = Self.number(&rest, 2),
            Self.take("-", &rest), let day = Self.number(&rest, 2),
            let date = CivilDate(year: Int64(year), month: month, day: day)
        else { return nil }
        let midnight = date.daysSince1970 * 86400
        guard !rest.isEmpty else {
            self = .local(second: midnight, fraction: 0)
            return
        }
        guard Self.take("T", &rest), let hour = Self.number(&rest, 2), hour < 24, Self.take(":", &rest),
            let minute = Self.number(&rest, 2), minute < 60
        else { return nil }
        var second = 0
        var fraction = 0.0
        if Self.take(":", &rest) {
            guard let given = Self.number(&rest, 2), given < 60 else { return nil }
            second = given
            if Self.take(".", &rest) {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard !digits.isEmpty, digits.count <= 9, let value = Double("0." + digits) else { return nil }
                fraction = value
                rest = rest.dropFirst(digits.count)
            }
        }
        let local = midnight + Int64(hour * 3600 + minute * 60 + second)
        if rest.isEmpty {
            self = .local(second: local, fraction: fraction)
            return
        }
        guard let offset = Self.offset(&rest), rest.isEmpty else { return nil }
        self = .instant(Date(timeIntervalSince1970: Double(local - offset) + fraction))
    }

    /// The instant, where a zone's clocks show it. A local time that the spring change skips is the first instant after it, one that the
    /// autumn change repeats the first of the two: as in cron entries.
    public func date(in zone: TimeZone) -> Date {
        switch self {
        case .instant(let date): date
        case .local(let second, let fraction):
            LocalClock(zone: zone).firstInstant(ofLocalSecond: second).addingTimeInterval(fraction)
        }
    }

    /// Seconds of `Z`, `+13:00` or `-0330`.
    private static func offset(_ rest: inout Substring) -> Int64? {
        if take("Z", &rest) { return 0 }
        let sign: Int64 = rest.first == "-" ? -1 : 1
        guard take("+", &rest) || take("-", &rest), let hours = number(&rest, 2), hours <= 23 else { return nil }
        _ = take(":", &rest)
        guard let minutes = number(&rest, 2), minutes < 60 else { return nil }
        return sign * Int64(hours * 3600 + minutes * 60)
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly so many digits.
    private static func number(_ rest: inout Substring, _ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest.dropFirst(count)
        return Int(digits)
    }
}
