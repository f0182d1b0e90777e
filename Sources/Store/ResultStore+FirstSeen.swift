import Foundation
import GRDB

extension ResultStore {
    /// When each target was first heard of, by its name: no slot before it was due for anybody.
    ///
    /// - Throws: ``StoreError``.
    public func firstSeen() async throws(StoreError) -> [String: Date] {
        try await reading { db in
            var seen: [String: Date] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT name, first_seen_at FROM target")
            while let row = try rows.next() {
                let columns = ColumnReader(row: row, table: "target", name: "\(row[0] ?? "without a name")")
                let name = try columns.require(columns.text(0, "name"), "name")
                let instant = try columns.require(columns.integer(1, "first_seen_at"), "first_seen_at")
                seen[name] = StoreTime.date(ofNanoseconds: instant)
            }
            return seen
        }
    }
}
