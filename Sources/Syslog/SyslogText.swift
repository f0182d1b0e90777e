/// Text of others made fit for a line of syslog.
enum SyslogText {
    /// The most Unicode scalars of one value.
    private static let longestValue = 255

    /// A field of the header: printable ASCII without spaces; `-` for nothing.
    static func token(_ text: String, longest: Int) -> String {
        let fit = text.unicodeScalars.lazy.filter { (0x21...0x7E).contains($0.value) }.prefix(longest)
        return fit.isEmpty ? "-" : String(String.UnicodeScalarView(fit))
    }

    /// Control characters, and the marks that reorder or break a line, become U+FFFD.
    static func visible(_ text: String) -> String {
        mapped(text) { scalar in
            switch scalar.value {
            case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
                0xFFF9...0xFFFB, 0xE0000...0xE007F:
                "\u{FFFD}"
            default: scalar
            }
        }
    }

    /// All but printable ASCII becomes `?`.
    static func ascii(_ text: String) -> String {
        mapped(text) { (0x20...0x7E).contains($0.value) ? $0 : "?" }
    }

    private static func mapped(_ text: String, _ map: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestValue).map(map)))
    }

    /// `EVENT key=value key="a value"`.
    static func line(_ event: String, _ fields: [(key: String, value: String)]) -> String {
        ([event] + fields.map { $0.key + "=" + word($0.value) }).joined(separator: " ")
    }

    /// A value as one word, in quotes where it would read as more.
    private static func word(_ value: String) -> String {
        let isPlain =
            !value.isEmpty && !value.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        return isPlain ? value : "\"" + escaped(value, ["\"", "\\"]) + "\""
    }

    /// SD-NAME (RFC 5424, 6.3.2).
    static func parameterName(_ key: String) -> String {
        let fit = key.unicodeScalars.lazy
            .filter { (0x21...0x7E).contains($0.value) && $0 != "=" && $0 != "]" && $0 != "\"" }.prefix(32)
        return fit.isEmpty ? "-" : String(String.UnicodeScalarView(fit))
    }

    /// PARAM-VALUE (RFC 5424, 6.3.3).
    static func parameterValue(_ value: String) -> String {
        escaped(value, ["\"", "\\", "]"])
    }

    private static func escaped(_ text: String, _ special: Set<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    /// The first bytes of a text, without a part of a character at their end.
    static func cut(_ text: String, to longest: Int) -> [UInt8] {
        var bytes = Array(text.utf8.prefix(longest))
        guard text.utf8.count > longest else { return bytes }
        let next = text.utf8[text.utf8.index(text.utf8.startIndex, offsetBy: longest)]
        guard next & 0xC0 == 0x80 else { return bytes }
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
        return bytes
    }
}
