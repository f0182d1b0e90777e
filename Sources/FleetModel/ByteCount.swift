/// A number of bytes, decimal multiples: `10G` is 10,000,000,000 bytes.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Not negative.
    public let bytes: Int64

    public init(bytes: Int64) {
        self.bytes = bytes
    }

    /// Reads `500K`, `200M`, `1.5T` or a bare number of bytes.
    ///
    /// - Returns: nil unless the text is a number with an optional K, M, G or T (either case), below 2⁶³.
    public init?(parsing text: String) {
        guard let value = DecimalQuantity.parse(text), let bytes = Int64(exactly: value.rounded()) else { return nil }
        self.init(bytes: bytes)
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.bytes < right.bytes
    }

    /// The shortest usual form: `9.42 GB`.
    public var description: String {
        let steps: [(Double, String)] = [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        for (unit, name) in steps where Double(bytes) >= unit {
            return DecimalQuantity.threeDigits(Double(bytes) / unit) + " " + name
        }
        return "\(bytes) B"
    }
}
