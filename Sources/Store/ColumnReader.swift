import GRDB

/// Reads the columns of a row by what they hold, and says which one held something else.
///
/// GRDB's own subscripts end the process on a value of another type; a file that others can edit must not.
struct ColumnReader {
    let row: Row
    let table: String
    /// How to name the row in an error.
    let name: String

    func value(at index: Int) -> DatabaseValue {
        index < row.count ? row[index] : .null
    }

    func integer(_ index: Int, _ column: String) throws(StoreError) -> Int64? {
        switch value(at: index).storage {
        case .null: return nil
        case .int64(let number): return number
        case let other: throw unreadable(column, other)
        }
    }

    func real(_ index: Int, _ column: String) throws(StoreError) -> Double? {
        switch value(at: index).storage {
        case .null: return nil
        case .double(let number) where number.isFinite: return number
        case .int64(let number): return Double(number)
        case let other: throw unreadable(column, other)
        }
    }

    func text(_ index: Int, _ column: String) throws(StoreError) -> String? {
        switch value(at: index).storage {
        case .null: return nil
        case .string(let text): return text
        case let other: throw unreadable(column, other)
        }
    }

    func require<Value>(_ value: Value?, _ column: String) throws(StoreError) -> Value {
        guard let value else { throw unreadable(column, .null) }
        return value
    }

    /// One word of a closed set.
    func word<Word: RawRepresentable>(
        _ index: Int, _ column: String, _ type: Word.Type = Word.self
    ) throws(StoreError) -> Word? where Word.RawValue == String {
        guard let text = try text(index, column) else { return nil }
        guard let word = Word(rawValue: text) else { throw unreadable(column, .string(text)) }
        return word
    }

    func unreadable(_ column: String, _ found: DatabaseValue.Storage) -> StoreError {
        let shown = found.value.map { "'\($0)'" } ?? "nothing"
        return .unreadable(table: table, row: name, column: column, found: String(shown.prefix(80)))
    }
}
