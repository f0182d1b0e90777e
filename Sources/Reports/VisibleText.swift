/// Text of others made fit to be shown: it cannot steer a terminal, reorder a page or end a line.
package enum VisibleText {
    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// Replaces control characters and the marks that change the direction of what follows them.
    ///
    /// - Parameter keepsLines: whether tabs and line feeds stay.
    package static func of(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: { isUnfit($0, keepsLines) }) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            shown.append(isUnfit(scalar, keepsLines) ? replacement : scalar)
        }
        return String(shown)
    }

    private static func isUnfit(_ scalar: Unicode.Scalar, _ keepsLines: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: !keepsLines
        case 0x00...0x1F, 0x7F...0x9F: true
        // Embeddings, overrides and isolates; line and paragraph separators.
        case 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029: true
        default: false
        }
    }
}
