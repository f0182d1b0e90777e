/// Finds blanks in the indentation that look like spaces and are none, as word processors and web pages leave them.
///
/// YAML takes them for the begin of a text, and then complains of something that nobody sees.
enum IndentationCheck {
    struct Finding: Equatable {
        /// From 1, in Unicode scalars.
        let line: Int
        let column: Int
        let scalar: Unicode.Scalar
    }

    /// The first such blank of each line, of the first so many lines.
    static func findings(in text: String, limit: Int) -> [Finding] {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return [] }
        var found: [Finding] = []
        var (line, column) = (1, 0)
        var isIndentation = true
        var suspect: Finding?
        for scalar in text.unicodeScalars {
            column += 1
            if scalar == "\n" {
                (line, column, isIndentation, suspect) = (line + 1, 0, true, nil)
                continue
            }
            guard isIndentation else { continue }
            if scalar == " " || scalar == "\t" { continue }
            if isFalseBlank(scalar) {
                suspect = suspect ?? Finding(line: line, column: column, scalar: scalar)
                continue
            }
            isIndentation = false
            // A line of nothing else says nothing.
            if let suspect, scalar != "\r" {
                found.append(suspect)
                guard found.count < limit else { break }
            }
        }
        return found
    }

    /// A blank or an invisible mark that YAML does not take for indentation.
    static func isFalseBlank(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x80 else { return false }
        return scalar.properties.generalCategory == .spaceSeparator || [0x200B, 0x2060, 0xFEFF].contains(scalar.value)
    }
}
