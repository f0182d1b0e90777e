/// A rate in bit/s, decimal multiples: `100M` is 100,000,000 bit/s.
public struct BitRate: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
    /// Bits per second; finite and not negative.
    public let bitsPerSecond: Double

    public init(bitsPerSecond: Double) {
        self.bitsPerSecond = bitsPerSecond
    }

    /// Reads `500K`, `100M`, `1.5G` or a bare number of bit/s.
    ///
    /// - Returns: nil unless the text is a positive, finite number with an optional K, M, G or T (either case).
    public init?(parsing text: String) {
        guard let value = DecimalQuantity.parse(text), value > 0 else { return nil }
        self.init(bitsPerSecond: value)
    }

    public static func < (left: BitRate, right: BitRate) -> Bool {
        left.bitsPerSecond < right.bitsPerSecond
    }

    /// The shortest usual form: `94.2 Mbit/s`.
    public var description: String {
        let steps: [(Double, String)] = [(1e12, "Tbit/s"), (1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")]
        for (unit, name) in steps where bitsPerSecond >= unit {
            return DecimalQuantity.threeDigits(bitsPerSecond / unit) + " " + name
        }
        return DecimalQuantity.threeDigits(bitsPerSecond) + " bit/s"
    }
}
