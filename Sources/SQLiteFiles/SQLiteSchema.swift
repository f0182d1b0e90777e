import GRDB

/// What one kind of database file is: whose mark it carries, which schema this version knows, and what is read of it at its opening.
public struct SQLiteSchema<Header: Sendable>: Sendable {
    let applicationID: Int64
    let version: Int
    let isForOwnerAlone: Bool
    let settings: SQLiteSettings
    let migrate: @Sendable (Database) throws -> Void
    let header: @Sendable (Database) throws -> Header

    /// - Parameters:
    ///   - applicationID: marks the file as ours (SQLite's `application_id`).
    ///   - version: the schema that this version knows; older ones are brought up to it, newer ones refused.
    ///   - isForOwnerAlone: whether a file that others may open is refused.
    ///   - migrate: takes the steps that are missing.
    ///   - header: reads what belongs to the whole file; throws where it is not there.
    public init(
        applicationID: Int64, version: Int, isForOwnerAlone: Bool = false, settings: SQLiteSettings = SQLiteSettings(),
        migrate: @escaping @Sendable (Database) throws -> Void, header: @escaping @Sendable (Database) throws -> Header
    ) {
        self.applicationID = applicationID
        self.version = version
        self.isForOwnerAlone = isForOwnerAlone
        self.settings = settings
        self.migrate = migrate
        self.header = header
    }

    /// Opens a file of this kind. One of another program, of a newer version, with damage in it or open to others is refused and left
    /// as it is. It blocks for a moment.
    ///
    /// - Returns: with the file that was opened, which was that of the path before and after.
    /// - Throws: ``SQLiteProblem``, or what `header` throws.
    func open(
        _ path: String, _ access: SQLiteAccess
    ) throws -> (pool: DatabasePool, header: Header, identity: FileIdentity) {
        let file = SQLiteFile(path: path, applicationID: applicationID, isForOwnerAlone: isForOwnerAlone)
        if access == .create { try file.create() }
        try file.requireFile()
        guard let identity = FileIdentity(path: path) else { throw SQLiteProblem.missing }
        let found = try file.schemaVersion()
        guard found <= version else { throw SQLiteProblem.newerSchema(found: found, known: version) }
        if access != .create, found == 0 { throw SQLiteProblem.missing }
        if access == .readOnly, found < version { throw SQLiteProblem.olderSchema(found: found, known: version) }
        let pool = try DatabasePool(path: path, configuration: settings.configuration(readOnly: access == .readOnly))
        if access != .readOnly {
            try pool.writeWithoutTransaction { db in
                try settings.enforce(on: db)
                try migrate(db)
            }
        }
        let content = try pool.read(header)
        // SQLite opens by name: what it has is known only where the name meant one file all the time.
        guard FileIdentity(path: path) == identity else { throw SQLiteProblem.replaced }
        return (pool, content, identity)
    }
}
