import Foundation
import GRDB

/// Reads the columns of a row by what they hold, and says which one held something else.
///
/// GRDB's own subscripts end the process on a value of another type; a file that others can edit must not.
struct AccountColumns {
    let row: Row
    let table: String
    /// How to name the row in an error.
    var name = ""

    private func storage(_ index: Int) -> DatabaseValue.Storage {
        index < row.count ? (row[index] as DatabaseValue).storage : .null
    }

    func integer(_ index: Int, _ column: String) throws(AccountStoreError) -> Int64 {
        guard case .int64(let number) = storage(index) else { throw unreadable(column) }
        return number
    }

    func optionalInteger(_ index: Int, _ column: String) throws(AccountStoreError) -> Int64? {
        if case .null = storage(index) { return nil }
        return try integer(index, column)
    }

    func optionalReal(_ index: Int, _ column: String) throws(AccountStoreError) -> Double? {
        switch storage(index) {
        case .null: return nil
        case .double(let number) where number.isFinite: return number
        case .int64(let number): return Double(number)
        default: throw unreadable(column)
        }
    }

    func text(_ index: Int, _ column: String) throws(AccountStoreError) -> String {
        guard case .string(let text) = storage(index) else { throw unreadable(column) }
        return text
    }

    func optionalText(_ index: Int, _ column: String) throws(AccountStoreError) -> String? {
        if case .null = storage(index) { return nil }
        return try text(index, column)
    }

    func bytes(_ index: Int, _ column: String) throws(AccountStoreError) -> [UInt8] {
        guard case .blob(let data) = storage(index) else { throw unreadable(column) }
        return Array(data)
    }

    func require<Value>(_ value: Value?, _ column: String) throws(AccountStoreError) -> Value {
        guard let value else { throw unreadable(column) }
        return value
    }

    func unreadable(_ column: String) -> AccountStoreError {
        .unreadable(table: table, row: name, column: column)
    }
}
