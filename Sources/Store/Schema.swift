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

    static let migration = SQLiteMigration(applicationID: applicationID, steps: steps)
}
