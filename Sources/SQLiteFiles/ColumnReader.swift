import GRDB

/// Reads the columns of a row by what they hold, and says which one held something else.
///
/// GRDB's own subscripts end the process on a value of another type; a file that others can edit must not.
public struct ColumnReader {
    private let row: Row
    private let table: String
    /// How to name the row in an error.
    public var name: String

    public init(row: Row, table: String, name: String = "") {
        self.row = row
        self.table = table
        self.name = name
    }

    public func value(at index: Int) -> DatabaseValue {
        index < row.count ? row[index] : .null
    }

    public func integer(_ index: Int, _ column: String) throws(SQLiteProblem) -> Int64? {
        switch value(at: index).storage {
        case .null: return nil
        case .int64(let number): return number
        case let other: throw unreadable(column, other)
        }
    }

    public func real(_ index: Int, _ column: String) throws(SQLiteProblem) -> Double? {
        switch value(at: index).storage {
        case .null: return nil
        case .double(let number) where number.isFinite: return number
        case .int64(let number): return Double(number)
        case let other: throw unreadable(column, other)
        }
    }

    public func text(_ index: Int, _ column: String) throws(SQLiteProblem) -> String? {
        switch value(at: index).storage {
        case .null: return nil
        case .string(let text): return text
        case let other: throw unreadable(column, other)
        }
    }

    public func bytes(_ index: Int, _ column: String) throws(SQLiteProblem) -> [UInt8]? {
        switch value(at: index).storage {
        case .null: return nil
        case .blob(let data): return Array(data)
        case let other: throw unreadable(column, other)
        }
    }

    /// What a column that is never empty holds.
    public func require<Value>(_ value: Value?, _ column: String) throws(SQLiteProblem) -> Value {
        guard let value else { throw unreadable(column, .null) }
        return value
    }

    public func requiredInteger(_ index: Int, _ column: String) throws(SQLiteProblem) -> Int64 {
        try require(integer(index, column), column)
    }

    public func requiredText(_ index: Int, _ column: String) throws(SQLiteProblem) -> String {
        try require(text(index, column), column)
    }

    public func requiredBytes(_ index: Int, _ column: String) throws(SQLiteProblem) -> [UInt8] {
        try require(bytes(index, column), column)
    }

    /// One word of a closed set.
    public func word<Word: RawRepresentable>(
        _ index: Int, _ column: String, _ type: Word.Type = Word.self
    ) throws(SQLiteProblem) -> Word? where Word.RawValue == String {
        guard let text = try text(index, column) else { return nil }
        guard let word = Word(rawValue: text) else { throw unreadable(column, .string(text)) }
        return word
    }

    public func unreadable(_ column: String, _ found: DatabaseValue.Storage) -> SQLiteProblem {
        let shown =
            switch found {
            case .null: "nothing"
            // It may be a verifier or a salt, which belongs into no log.
            case .blob(let data): "\(data.count) bytes"
            default: found.value.map { "'\($0)'" } ?? "nothing"
            }
        return .unreadable(table: table, row: name, column: column, found: String(shown.prefix(80)))
    }
}
