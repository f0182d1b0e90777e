import FleetModel
import Foundation
import GRDB
import SQLiteFiles

/// Rows that a wrong clock wrote: which slot such a row had stands in `scheduled_at`.
extension ResultStore {
    public func newestRow() async throws(StoreError) -> Int64 {
        try await reading { try Int64.fetchOne($0, sql: "SELECT max(id) FROM run") ?? 0 }
    }

    public func markRuns(aheadOf now: Date) async throws(StoreError) -> WrongRows {
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(WrongRows.tolerance))
        return try await mark("started_at > ?", [horizon])
    }

    public func markRuns(after row: Int64, behind instant: Date) async throws(StoreError) -> WrongRows {
        try await mark("id > ? AND started_at < ?", [row, StoreTime.nanoseconds(of: instant)])
    }

    public func restoreRuns(_ ids: [Int64], at now: Date) async throws(StoreError) {
        guard !ids.isEmpty else { return }
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(WrongRows.tolerance))
        try await writing { db in
            let restore = try db.makeStatement(
                sql: """
                    UPDATE run SET
                        flags = trim(replace(' ' || flags || ' ', ' \(RunFlag.clockWrong) ', ' ')),
                        slot = CASE WHEN job IS NULL OR scheduled_at IS NULL OR EXISTS (
                            SELECT 1 FROM run AS other
                            WHERE other.job = run.job AND other.slot = run.scheduled_at / 1000000000)
                        THEN slot ELSE scheduled_at / 1000000000 END
                    WHERE id = ? AND started_at <= ?
                    """)
            for id in ids { try restore.execute(arguments: [id, horizon]) }
        }
    }

    static let isMarked = "instr(' ' || run.flags || ' ', ' \(RunFlag.clockWrong) ') > 0"

    private func mark(_ condition: String, _ arguments: StatementArguments) async throws(StoreError) -> WrongRows {
        // Nearly always there is none, and then nobody waits for the right to write.
        let isAny = try await reading { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE \(condition) AND NOT (\(Self.isMarked)))",
                arguments: arguments)
        }
        guard isAny == true else { return WrongRows() }
        return try await writing { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, started_at FROM run WHERE \(condition) AND NOT (\(Self.isMarked))",
                arguments: arguments)
            var found = WrongRows()
            let update = try db.makeStatement(
                sql: "UPDATE run SET slot = NULL, flags = trim(flags || ' \(RunFlag.clockWrong)') WHERE id = ?")
            for row in rows {
                let columns = ColumnReader(row: row, table: "run", name: "\(row[0] ?? "")")
                let id = try columns.requiredInteger(0, "id")
                let started = try columns.requiredInteger(1, "started_at")
                found.ids.append(id)
                found.latest = max(found.latest ?? .distantPast, StoreTime.date(ofNanoseconds: started))
                try update.execute(arguments: [id])
            }
            return found
        }
    }
}
