/// Lines and columns of a text, counted as libYAML counts them: from 1, in Unicode scalars.
enum TextPlaces {
    /// Where a place is in the text; nil past its end.
    static func index(line: Int, column: Int, in text: String) -> String.Index? {
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        var currentLine = 1
        while currentLine < line {
            guard index < scalars.endIndex else { return nil }
            let scalar = scalars[index]
            scalars.formIndex(after: &index)
            switch scalar {
            case "\r":
                if index < scalars.endIndex, scalars[index] == "\n" { scalars.formIndex(after: &index) }
                currentLine += 1
            case "\n", "\u{85}", "\u{2028}", "\u{2029}": currentLine += 1
            default: break
            }
        }
        return scalars.index(index, offsetBy: max(column - 1, 0), limitedBy: scalars.endIndex)
    }

    /// The scalar at a place; nil past the end.
    static func scalar(line: Int, column: Int, in text: String) -> Unicode.Scalar? {
        guard let index = index(line: line, column: column, in: text), index < text.unicodeScalars.endIndex else {
            return nil
        }
        return text.unicodeScalars[index]
    }

    /// A blank that YAML does not take for one, behind a `:` or `-`, in a line or the one before: libYAML stumbles over it a
    /// token later.
    static func falseBlank(inLinesUntil line: Int, of text: String) -> IndentationCheck.Finding? {
        let first = max(line - 1, 1)
        guard let begin = index(line: first, column: 1, in: text) else { return nil }
        var (at, column) = (first, 0)
        var before: Unicode.Scalar?
        for scalar in text.unicodeScalars[begin...] {
            column += 1
            if scalar == "\n" {
                (at, column, before) = (at + 1, 0, nil)
                guard at <= line else { return nil }
                continue
            }
            if IndentationCheck.isFalseBlank(scalar), before == ":" || before == "-" {
                return IndentationCheck.Finding(line: at, column: column, scalar: scalar)
            }
            before = scalar
        }
        return nil
    }

    /// The line and column behind `prefix`, where something that cannot be read begins.
    static func place(after prefix: some Sequence<Unicode.Scalar>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for scalar in prefix {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return (line, column)
    }
}
