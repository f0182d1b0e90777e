import Foundation

/// Instants as the tables hold them: INTEGER nanoseconds since 1970.
enum AccountTime {
    private static let perSecond = 1e9

    /// Held inside what the column can carry (the years 1677 … 2262).
    static func nanoseconds(of date: Date) -> Int64 {
        let seconds = date.timeIntervalSince1970
        guard seconds.isFinite else { return 0 }
        return Int64(min(max(seconds, -9e9), 9e9) * perSecond)
    }

    static func date(ofNanoseconds nanoseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(nanoseconds) / perSecond)
    }
}
