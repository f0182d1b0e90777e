import Reports

/// Aligned columns for a terminal; what others wrote cannot steer it.
struct TextTable {
    let headings: [String]
    /// Columns of numbers, which stand at the right edge.
    var numeric: Set<Int> = []
    var rows: [[String]] = []

    /// Lines with a line feed after each; only the headings for no rows.
    var text: String {
        let shown = [headings] + rows.map { $0.map { VisibleText.of($0) } }
        let widths = headings.indices.map { column in
            shown.map { column < $0.count ? VisibleText.columns($0[column]) : 0 }.max() ?? 0
        }
        return shown.map { row in
            var line = ""
            for (column, (cell, width)) in zip(row, widths).enumerated() {
                let space = String(repeating: " ", count: max(width - VisibleText.columns(cell), 0))
                if column > 0 { line += "  " }
                line += numeric.contains(column) ? space + cell : cell + space
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
