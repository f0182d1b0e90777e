import Foundation

/// Instants and spans as the tables hold them: INTEGER nanoseconds.
enum StoreTime {
    /// Seconds from 1970-01-01 to 2001-01-01, where Foundation counts from.
    private static let referenceSeconds: Int64 = 978_307_200
    private static let perSecond: Int64 = 1_000_000_000

    /// Nanoseconds since the epoch, held inside what the column can carry (the years 1677 … 2262).
    ///
    /// Whole and fractional seconds are converted apart, so that a date read back equals the one written.
    static func nanoseconds(of date: Date) -> Int64 {
        let seconds = date.timeIntervalSinceReferenceDate
        guard seconds.isFinite else { return 0 }
        let whole = Int64(min(max(seconds.rounded(.down), -9e9), 8e9))
        let fraction = Int64((min(max(seconds - Double(whole), 0), 1) * Double(perSecond)).rounded())
        return saturatedProduct(whole + referenceSeconds, perSecond, plus: fraction)
    }

    static func date(ofNanoseconds nanoseconds: Int64) -> Date {
        let (whole, fraction) = nanoseconds.quotientAndRemainder(dividingBy: perSecond)
        let seconds = Double(whole - referenceSeconds) + Double(fraction) / Double(perSecond)
        return Date(timeIntervalSinceReferenceDate: seconds)
    }

    /// Nanoseconds of a span, held inside 64 bits.
    static func nanoseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return saturatedProduct(seconds, perSecond, plus: attoseconds / perSecond)
    }

    /// Nanoseconds of a time in seconds; nil unless it is a finite number that fits.
    static func nanoseconds(ofSeconds seconds: Double) -> Int64? {
        Int64(exactly: (seconds * Double(perSecond)).rounded())
    }

    static func seconds(ofNanoseconds nanoseconds: Int64) -> Double {
        Double(nanoseconds) / Double(perSecond)
    }

    /// `start` + `length`, held inside 64 bits.
    static func end(of start: Int64, lasting length: Int64) -> Int64 {
        let (sum, overflow) = start.addingReportingOverflow(length)
        return overflow ? (length > 0 ? .max : .min) : sum
    }

    private static func saturatedProduct(_ value: Int64, _ factor: Int64, plus rest: Int64) -> Int64 {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? (value > 0 ? .max : .min) : end(of: product, lasting: rest)
    }
}
