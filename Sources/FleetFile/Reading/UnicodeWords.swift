/// Characters that nobody can see, in words.
enum UnicodeWords {
    /// `a no-break space (U+00A0)`.
    static func name(of scalar: Unicode.Scalar) -> String {
        let word =
            switch scalar.value {
            case 0x09: "a tab"
            case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: "a line end"
            case 0xA0, 0x202F: "a no-break space"
            case 0x200B, 0xFEFF: "an invisible space"
            case 0x200C, 0x200D, 0x2060, 0xFE00...0xFE0F: "an invisible joiner"
            case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "a mark that changes the direction of text"
            default:
                switch scalar.properties.generalCategory {
                case .control: "a control character"
                case .spaceSeparator: "a blank that is no space"
                case .privateUse, .unassigned: "a character without a meaning"
                default: "an invisible character"
                }
            }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "\(word) (U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits))"
    }
}
