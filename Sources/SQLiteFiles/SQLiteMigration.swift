import GRDB

/// The numbered steps from an empty file to today's schema.
///
/// The file's `user_version` is the number of the last step taken, so that any SQLite tool can tell it; a second table
/// of book-keeping would only be one more thing to disagree.
public struct SQLiteMigration: Sendable {
    private let applicationID: Int64
    private let steps: [String]

    /// - Parameter steps: SQL; step n is the n-th element, counted from 1.
    public init(applicationID: Int64, steps: [String]) {
        self.applicationID = applicationID
        self.steps = steps
    }

    /// Takes the steps that are missing, each in one transaction.
    ///
    /// The version is read again under the write lock: two processes may open a new file at the same time.
    ///
    /// - Parameter finish: what SQL alone cannot say of a step, in its transaction.
    public func run(on db: Database, finishing finish: (Database) throws -> Void = { _ in }) throws {
        // A file of today's version needs no lock: it opens while another process writes.
        let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        for (index, sql) in steps.enumerated() where version <= index {
            let step = index + 1
            try db.inTransaction(.immediate) {
                let done = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                if done < step {
                    try db.execute(sql: sql)
                    try finish(db)
                    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                    try db.execute(sql: "PRAGMA user_version = \(step)")
                }
                return .commit
            }
        }
    }
}
