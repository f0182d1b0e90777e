/// Text of others made fit to be shown: it cannot steer a terminal, reorder a page or end a line.
package enum VisibleText {
    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// Replaces what ``steers(_:)``.
    ///
    /// - Parameter keepsLines: whether tabs and line ends stay; a lone carriage return is none.
    package static func of(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: steers) else { return text }
        var shown = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let isLineEnd = scalar == "\n" || (scalar == "\r" && rest.first == "\n")
            let stays = !steers(scalar) || (keepsLines && (isLineEnd || scalar == "\t"))
            shown.append(stays ? scalar : replacement)
        }
        return String(shown)
    }

    /// Columns that a terminal takes for the text: two for the wide forms of East Asia and for emoji.
    package static func columns(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            let wide = character.unicodeScalars.contains { scalar in
                switch scalar.value {
                case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F,
                    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                    true
                default: false
                }
            }
            return sum + (wide ? 2 : 1)
        }
    }

    /// Whether a terminal, a page or a log acts upon the scalar instead of showing it: control characters, line and paragraph
    /// separators, marks, embeddings, overrides and isolates of direction, invisible spaces and tags. The joiners of scripts and emoji
    /// stay.
    package static func steers(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
        case 0xE0000...0xE007F: true
        default: false
        }
    }
}
