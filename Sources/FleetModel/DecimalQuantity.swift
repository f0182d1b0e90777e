import Foundation

/// Numbers with a decimal multiple, as people write them on a command line or in a fleet file.
enum DecimalQuantity {
    private static let multiples: [Character: Double] = ["K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]

    /// Reads `1.5G`; nil for anything else than digits, at most one point and at most one multiple.
    static func parse(_ text: String) -> Double? {
        var digits = Substring(text)
        var factor = 1.0
        if let last = digits.last, let multiple = multiples[Character(last.uppercased())] {
            factor = multiple
            digits = digits.dropLast()
        }
        // Double's own parser would also take "inf", "0x10" and "1e400".
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
            let value = Double(digits), value.isFinite
        else { return nil }
        return value * factor
    }

    /// Three significant digits without an exponent: `9.42`, `94.2`, `942`.
    static func threeDigits(_ value: Double) -> String {
        let decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
        return String(format: "%.\(decimals)f", value)
    }
}
