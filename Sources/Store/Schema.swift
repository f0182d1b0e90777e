import GRDB

/// The numbered steps from an empty file to today's store.
///
/// The file's `user_version` is the number of the last step taken, so that any SQLite tool can tell it; a second table
/// of book-keeping would only be one more thing to disagree. A step never changes once it was released: new ones are
/// added.
enum Schema {
    /// "flpr": what marks the file as fleetprobe's (SQLite's `application_id`).
    static let applicationID: Int64 = 0x666C_7072

    /// Step n is the n-th element, counted from 1.
    static let steps = [SchemaTables.first + SchemaViews.first]

    static var version: Int { steps.count }

    /// Takes the steps that are missing, each in one transaction.
    ///
    /// The version is read again under the write lock: two processes may open a new file at the same time.
    static func migrate(_ db: Database) throws {
        for (index, sql) in steps.enumerated() {
            let step = index + 1
            try db.inTransaction(.immediate) {
                let done = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                if done < step {
                    try db.execute(sql: sql)
                    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                    try db.execute(sql: "PRAGMA user_version = \(step)")
                }
                return .commit
            }
        }
    }
}
