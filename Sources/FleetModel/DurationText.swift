import Foundation

/// Durations as the fleet file and the command line write them: `90s`, `15m`, `6h`, `7d`, `250ms`; a bare number is
/// seconds.
public enum DurationText {
    private static let units: [(suffix: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400),
    ]

    /// Reads one duration.
    ///
    /// - Returns: nil unless the text is a number that is not negative with one of the units above, up to ten years.
    public static func parse(_ text: String) -> Duration? {
        var digits = Substring(text)
        var factor = 1.0
        if let unit = units.first(where: { text.hasSuffix($0.suffix) }) {
            digits = digits.dropLast(unit.suffix.count)
            factor = unit.seconds
        }
        guard !digits.isEmpty, digits.count <= 12, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
            let value = Double(digits), value.isFinite, value * factor <= 3650 * 86400
        else { return nil }
        return .nanoseconds(Int64((value * factor * 1e9).rounded()))
    }

    /// The largest whole unit that gives the exact value: 5400 s is `90m`; else seconds with decimals, 21.5 s is `21.5s`.
    public static func format(_ duration: Duration) -> String {
        let milliseconds = Int64((duration.inSeconds * 1000).rounded())
        for (suffix, factor) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        where milliseconds != 0 && milliseconds % factor == 0 {
            return "\(milliseconds / factor)\(suffix)"
        }
        guard milliseconds >= 1000 else { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
        return "\(Double(milliseconds) / 1000)s"
    }
}

extension Duration {
    /// The duration as a number of seconds.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
