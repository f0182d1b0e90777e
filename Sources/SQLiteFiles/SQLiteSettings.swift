import GRDB

/// What is asked of every connection, and the proof that it got it.
public struct SQLiteSettings: Sendable {
    /// How long a connection waits for another process's lock.
    public static let busySeconds = 5.0

    /// SQLite's number for `synchronous = FULL`: a commit has reached the disk before it is acknowledged.
    private static let synchronousFull: Int64 = 2

    /// Whether what is replaced or removed leaves the file at once.
    private let erasesDeleted: Bool

    public init(erasesDeleted: Bool = false) {
        self.erasesDeleted = erasesDeleted
    }

    public func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.prepareDatabase { [erasesDeleted] db in
            // GRDB gives the readers of a pool ten seconds of their own accord.
            try db.execute(sql: "PRAGMA busy_timeout = \(Int(Self.busySeconds * 1000))")
            // The file may come from elsewhere: its schema must not run more than it says.
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            if erasesDeleted { try db.execute(sql: "PRAGMA secure_delete = ON") }
        }
        return configuration
    }

    /// Sets what GRDB's set-up of WAL resets, then reads every setting back.
    ///
    /// - Throws: ``SQLiteProblem/settingRefused(setting:found:)`` for one that is not in force.
    public func enforce(on db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try require("journal_mode", "wal", on: db)
        try require("synchronous", "\(Self.synchronousFull)", on: db)
        try require("foreign_keys", "1", on: db)
        if erasesDeleted { try require("secure_delete", "1", on: db) }
        try require("busy_timeout", "\(Int(Self.busySeconds * 1000))", on: db)
    }

    private func require(_ setting: String, _ expected: String, on db: Database) throws {
        let row = try Row.fetchOne(db, sql: "PRAGMA \(setting)")
        let found = row?.databaseValues.first.map { $0.storage.value.map { "\($0)" } ?? "null" } ?? "unknown"
        guard found == expected else {
            throw SQLiteProblem.settingRefused(setting: "\(setting) = \(expected)", found: found)
        }
    }
}
