import Foundation
import GRDB
import SQLiteFiles
import ServerLimits

extension AccountStore {
    /// Refusals that are kept; older ones make room.
    public static let mostRefusals = 10_000

    /// Adds to what was moved and keeps refusals, in one transaction: all or none. Returns after the commit.
    ///
    /// - Parameter usage: what came since the last call, not sums.
    /// - Throws: ``AccountStoreError`` when it could not be kept.
    public func record(usage: [DailyUsage], refusals: [Refusal] = []) async throws(AccountStoreError) {
        guard !usage.isEmpty || !refusals.isEmpty else { return }
        try await writing { db in
            let add = try db.cachedStatement(sql: Self.usageUpsert)
            for usage in usage {
                let (kind, subject) = Self.columns(of: usage.subject)
                try add.execute(arguments: [
                    kind, subject, usage.day, max(usage.bytesReceived, 0), max(usage.bytesSent, 0),
                ])
            }
            let insert = try db.cachedStatement(sql: "INSERT INTO refusal (at, peer, user, reason) VALUES (?, ?, ?, ?)")
            for refusal in refusals.suffix(Self.mostRefusals) {
                try insert.execute(arguments: [
                    AccountTime.nanoseconds(of: refusal.date), refusal.peer, refusal.user, refusal.reason,
                ])
            }
            if !refusals.isEmpty {
                try db.execute(
                    sql: "DELETE FROM refusal WHERE id <= (SELECT max(id) FROM refusal) - ?",
                    arguments: [Self.mostRefusals])
            }
        }
    }

    /// What was moved on this day and later.
    ///
    /// - Parameter day: days since 1970-01-01, UTC.
    /// - Throws: ``AccountStoreError``.
    public func usage(since day: Int) async throws(AccountStoreError) -> [DailyUsage] {
        try await reading { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT kind, subject, day, bytes_in, bytes_out FROM usage WHERE day >= ?", arguments: [day])
            return try rows.map { row in
                var reader = ColumnReader(row: row, table: "usage")
                reader.name = try reader.requiredText(1, "subject")
                return DailyUsage(
                    subject: try reader.requiredText(0, "kind") == "user" ? .user(reader.name) : .address(reader.name),
                    day: try reader.require(Int(exactly: reader.requiredInteger(2, "day")), "day"),
                    bytesReceived: try reader.requiredInteger(3, "bytes_in"),
                    bytesSent: try reader.requiredInteger(4, "bytes_out"))
            }
        }
    }

    /// The last refusals, the newest first.
    ///
    /// - Throws: ``AccountStoreError``.
    public func refusals(limit: Int) async throws(AccountStoreError) -> [Refusal] {
        try await reading { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT at, peer, user, reason FROM refusal ORDER BY id DESC LIMIT ?", arguments: [limit])
            return try rows.map { row in
                let reader = ColumnReader(row: row, table: "refusal")
                return Refusal(
                    date: AccountTime.date(ofNanoseconds: try reader.requiredInteger(0, "at")),
                    peer: try reader.requiredText(1, "peer"), user: try reader.text(2, "user"),
                    reason: try reader.requiredText(3, "reason"))
            }
        }
    }

    /// Forgets what is too old to matter.
    ///
    /// - Parameters:
    ///   - day: users' usage before this day, in days since 1970-01-01, UTC. A quota over a month needs 31 days.
    ///   - addressDay: addresses' usage before this day; of these there may be many.
    /// - Throws: ``AccountStoreError``.
    public func prune(usersBefore day: Int, addressesBefore addressDay: Int) async throws(AccountStoreError) {
        try await writing { db in
            try db.execute(
                sql: "DELETE FROM usage WHERE kind = 'user' AND day < ? OR kind = 'address' AND day < ?",
                arguments: [day, addressDay])
        }
    }

    /// A sum beyond 64 bits stays at their end: SQLite would make a real number of it, which the column refuses.
    private static let usageUpsert = """
        INSERT INTO usage (kind, subject, day, bytes_in, bytes_out) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (kind, subject, day) DO UPDATE SET
            bytes_in = min(bytes_in + excluded.bytes_in, \(Int64.max)),
            bytes_out = min(bytes_out + excluded.bytes_out, \(Int64.max))
        """

    private static func columns(of subject: UsageSubject) -> (kind: String, subject: String) {
        switch subject {
        case .user(let name): ("user", name)
        case .address(let address): ("address", address)
        }
    }
}
