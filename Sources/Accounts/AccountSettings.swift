import GRDB

/// What the accounts ask of every connection, and the proof that they got it.
enum AccountSettings {
    /// How long a connection waits for another process's lock.
    static let busySeconds = 5.0

    /// SQLite's number for `synchronous = FULL`: a commit has reached the disk before it is acknowledged.
    private static let synchronousFull: Int64 = 2

    static func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busySeconds)
        configuration.prepareDatabase { db in
            // GRDB gives the readers of a pool ten seconds of their own accord.
            try db.execute(sql: "PRAGMA busy_timeout = \(Int(busySeconds * 1000))")
            // The file may come from elsewhere: its schema must not run more than it says.
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            // A verifier that was replaced or removed leaves the file with it.
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        return configuration
    }

    /// Sets what GRDB's set-up of WAL resets, then reads every setting back.
    static func enforce(on db: Database, path: String) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try require("journal_mode", "wal", on: db, path: path)
        try require("synchronous", "\(synchronousFull)", on: db, path: path)
        try require("foreign_keys", "1", on: db, path: path)
        try require("secure_delete", "1", on: db, path: path)
        try require("busy_timeout", "\(Int(busySeconds * 1000))", on: db, path: path)
    }

    private static func require(_ setting: String, _ expected: String, on db: Database, path: String) throws {
        let row = try Row.fetchOne(db, sql: "PRAGMA \(setting)")
        let found = row?.databaseValues.first.map { $0.storage.value.map { "\($0)" } ?? "null" } ?? "unknown"
        guard found == expected else {
            throw AccountStoreError.settingRefused(path: path, setting: "\(setting) = \(expected)", found: found)
        }
    }
}
