import FleetModel
import Foundation

/// A table in the form of RFC 4180: CRLF after every row, quotes where they are needed, UTF-8 without a mark.
package struct CSVTable {
    /// What stands in a cell; the writer needs to know numbers from text.
    package enum Cell {
        case text(String?)
        /// Up to six decimals; what is unknown or no number leaves the cell empty.
        case number(Double?)
        case integer(Int64?)
        case time(Date?)
    }

    package private(set) var text = ""

    package init(header: [String]) {
        append(header.map { .text($0) })
    }

    package mutating func append(_ cells: [Cell]) {
        text += Self.line(cells) + "\r\n"
    }

    /// One row without its ending.
    package static func line(_ cells: [Cell]) -> String {
        cells.map(written).joined(separator: ",")
    }

    private static func written(_ cell: Cell) -> String {
        switch cell {
        case .text(let value): value.map(quoted) ?? ""
        case .number(let value): value.flatMap { NumberText.plain($0, decimals: 6) } ?? ""
        case .integer(let value): value.map(String.init) ?? ""
        case .time(let value): value.map(UTCTime.milliseconds) ?? ""
        }
    }

    /// Bytes are compared, not characters: a comma with a combining mark after it still separates.
    private static func quoted(_ value: String) -> String {
        let visible = VisibleText.of(value, keepsLines: true)
        let safe = startsFormula(visible) ? "'" + visible : visible
        guard safe.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0D || $0 == 0x0A }) else { return safe }
        var result = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in safe.unicodeScalars {
            if scalar == "\"" { result.append(scalar) }
            result.append(scalar)
        }
        result.append("\"")
        return String(result)
    }

    /// Whether a spreadsheet would run the text: a name in a fleet must not become a command on a desk. Some skip blanks before the
    /// sign, and take the wide forms of East Asia for the signs themselves.
    private static func startsFormula(_ value: String) -> Bool {
        let visible = value.unicodeScalars.drop { $0.properties.isWhitespace || $0 == "\u{FFFD}" }
        guard let first = visible.first else { return false }
        return ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "\u{2212}"].contains(first)
            || ["\t", "\r", "\n"].contains(value.unicodeScalars.first)
    }
}
