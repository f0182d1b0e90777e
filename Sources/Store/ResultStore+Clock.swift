import FleetModel
import Foundation
import GRDB
import SQLiteFiles

/// Rows that a wrong clock wrote.
///
/// A row that lies ahead of the clock cannot be right while the clock is. It keeps its figures and gets the flag `clock-wrong`; it gives its
/// slot up, so that the run which is due then has it: one row a slot, and the right one. Which slot it was stands in `scheduled_at`.
extension ResultStore {
    /// A clock that the network sets may be ahead by this much for a moment.
    public static let clockTolerance: TimeInterval = 60

    /// Rows of one finding.
    public struct WrongRows: Sendable, Equatable {
        /// Their row ids.
        public var ids: [Int64] = []
        /// When the latest of them says that it began; nil where there is none.
        public var latest: Date?

        public init() {}
    }

    /// The newest row's id, 0 in an empty store: rows that are written from now on have greater ones.
    ///
    /// - Throws: ``StoreError``.
    public func newestRow() async throws(StoreError) -> Int64 {
        try await reading { try Int64.fetchOne($0, sql: "SELECT max(id) FROM run") ?? 0 }
    }

    /// Marks the rows that begin after now.
    ///
    /// - Returns: those that were not marked before.
    /// - Throws: ``StoreError``.
    public func markRuns(aheadOf now: Date) async throws(StoreError) -> WrongRows {
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(Self.clockTolerance))
        return try await mark("started_at > ?", [horizon])
    }

    /// Marks the rows after one that began before an instant: they were written while the clock was behind.
    ///
    /// - Returns: those that were not marked before.
    /// - Throws: ``StoreError``.
    public func markRuns(after row: Int64, behind instant: Date) async throws(StoreError) -> WrongRows {
        try await mark("id > ? AND started_at < ?", [row, StoreTime.nanoseconds(of: instant)])
    }

    /// Takes marks back, where a row is no longer ahead of the clock: the clock was behind when they were made. A row gets its slot again
    /// unless another has it.
    ///
    /// - Throws: ``StoreError``.
    public func restoreRuns(_ ids: [Int64], at now: Date) async throws(StoreError) {
        guard !ids.isEmpty else { return }
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(Self.clockTolerance))
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
