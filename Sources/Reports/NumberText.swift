import FleetModel
import Foundation

/// Numbers as people read them in tables and sentences. Nothing here ever writes NaN or infinity.
enum NumberText {
    static let unknown = "–"

    /// Mbit/s with one decimal, below one with two: `94.2`, `0.51`.
    static func megabits(_ bitsPerSecond: Double?) -> String {
        guard let value = bitsPerSecond.map({ $0 / 1e6 }), value.isFinite else { return unknown }
        return fixed(value, abs(value) < 1 && value != 0 ? 2 : 1)
    }

    /// The shortest usual form with its unit: `94.2 Mbit/s`.
    static func rate(_ bitsPerSecond: Double?) -> String {
        guard let bitsPerSecond, bitsPerSecond.isFinite else { return unknown }
        return BitRate(bitsPerSecond: bitsPerSecond).description
    }

    /// Milliseconds with one decimal, below one with two: `12.3`, `0.21`.
    static func milliseconds(_ seconds: Double?) -> String {
        guard let value = seconds.map({ $0 * 1000 }), value.isFinite else { return unknown }
        return fixed(value, abs(value) < 1 && value != 0 ? 2 : 1)
    }

    /// A ratio of 0 … 1 in whole percent, which says 0 and 100 only where they are exact.
    static func percent(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return unknown }
        if ratio > 0, ratio < 0.01 { return "<1 %" }
        if ratio > 0.99, ratio < 1 { return ">99 %" }
        return fixed(ratio * 100, 0) + " %"
    }

    /// A loss of 0 … 1 in percent with one decimal, where a tenth already matters.
    static func lossPercent(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return unknown }
        if ratio == 0 { return "0 %" }
        return ratio < 0.001 ? "<0.1 %" : fixed(ratio * 100, 1) + " %"
    }

    /// A number with at most so many decimals and without trailing zeros, for machines; nil for what is no number.
    static func plain(_ value: Double, decimals: Int) -> String? {
        guard value.isFinite else { return nil }
        let text = fixed(value, decimals)
        guard decimals > 0 else { return text == "-0" ? "0" : text }
        var digits = text.utf8[...]
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.last == UInt8(ascii: ".") { digits.removeLast() }
        let short = String(Substring(digits))
        return short == "-0" ? "0" : short
    }

    /// A finite number with exactly so many decimals, 0 … 6.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let factors = [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000]
        guard factors.indices.contains(decimals), abs(value) < 1e9 else {
            return String(format: "%.\(decimals)f", value)
        }
        // A page has hundreds of thousands of coordinates: whole numbers are written ten times faster than formats.
        let scaled = Int64((value * factors[decimals]).rounded())
        guard decimals > 0 else { return String(scaled) }
        let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: Int64(factors[decimals]))
        let digits = String(rest)
        return (scaled < 0 ? "-" : "") + String(whole) + "."
            + String(repeating: "0", count: decimals - digits.utf8.count) + digits
    }
}
