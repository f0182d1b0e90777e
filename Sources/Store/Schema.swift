import GRDB
import SQLiteFiles

/// The numbered steps from an empty file to today's store.
///
/// A step never changes once it was released: new ones are
/// added.
enum Schema {
    /// "flpr": what marks the file as fleetprobe's (SQLite's `application_id`).
    static let applicationID: Int64 = 0x666C_7072

    /// Step n is the n-th element, counted from 1.
    static let steps = [
        SchemaTables.first + SchemaViews.first, SchemaTables.second, CapacityRows.schema,
        SchemaTables.fourth + SchemaViews.fourth,
    ]

    static var version: Int { steps.count }

    private static let migration = SQLiteMigration(applicationID: applicationID, steps: steps)

    /// What a store's file is; its header is the store's id.
    static let file = SQLiteSchema(
        applicationID: applicationID, version: version, migrate: { try migration.run(on: $0) },
        header: { db in
            let id = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'store_id'")
            guard let id else {
                throw SQLiteProblem.unreadable(table: "meta", row: "store_id", column: "value", found: "nothing")
            }
            return id
        })
}
