import FleetModel
import Foundation
import GRDB
import SQLiteFiles

extension ResultStore {
    public func firstSeen(now: Date) async throws(StoreError) -> [String: Date] {
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(WrongRows.tolerance))
        return try await reading { db in
            var seen: [String: Date] = [:]
            let sql = """
                SELECT name, first_seen_at, (
                    SELECT min(coalesce(run.scheduled_at, run.started_at)) FROM run
                    WHERE run.target = target.id AND run.started_at <= ? AND NOT (\(Self.isMarked)))
                FROM target
                """
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [horizon])
            while let row = try rows.next() {
                let columns = ColumnReader(row: row, table: "target", name: "\(row[0] ?? "without a name")")
                let name = try columns.requiredText(0, "name")
                let noted = try columns.requiredInteger(1, "first_seen_at")
                let begun = try columns.integer(2, "scheduled_at")
                let instant = noted <= horizon ? max(noted, begun ?? noted) : begun ?? horizon
                seen[name] = StoreTime.date(ofNanoseconds: instant)
            }
            return seen
        }
    }
}
