import ECSRP5
import Foundation
import GRDB
import SQLiteFiles

/// The numbered steps from an empty file to today's accounts.
///
/// A step never changes once it was released: new ones
/// are added.
enum AccountSchema {
    /// "flpu": what marks the file as fleetprobe's accounts (SQLite's `application_id`); results have another.
    static let applicationID: Int64 = 0x666C_7075

    /// Step n is the n-th element, counted from 1.
    static let steps = [first]

    static var version: Int { steps.count }

    /// What an accounts file is. It is for its owner alone, because verifiers can be guessed against; one that was replaced or removed leaves
    /// the file with it. Its header is the secret for salts.
    static let file = SQLiteSchema(
        applicationID: applicationID, version: version, isForOwnerAlone: true,
        settings: SQLiteSettings(erasesDeleted: true), migrate: { try migrate($0) },
        header: { db in
            let row = try Row.fetchOne(db, sql: "SELECT decoy_secret FROM server")
            guard case .blob(let secret)? = row?.databaseValues.first?.storage else {
                throw SQLiteProblem.corrupt(detail: "it has no secret for salts")
            }
            return try DecoyVerifiers(secret: Array(secret))
        })

    /// Takes the steps that are missing, and gives a new file its secret.
    static func migrate(_ db: Database) throws {
        try SQLiteMigration(applicationID: applicationID, steps: steps).run(on: db) { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO server (id, decoy_secret, revision) VALUES (1, ?, 0)",
                arguments: [freshSecret()])
        }
    }

    /// From the system's random source: SQLite's own promises no more than to be hard to foresee.
    private static func freshSecret() -> Data {
        var random = SystemRandomNumberGenerator()
        return Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    /// Times are INTEGER nanoseconds since 1970-01-01T00:00:00Z, days count from there in UTC, rates are bit/s.
    ///
    /// `revision` moves with every change of an account, by whichever program it is made, and with nothing else: a
    /// server saves usage every second, and must not read all accounts again for that.
    private static let first = """
        -- One row. The secret makes the salts of accounts and of names that do not exist, so that nobody tells them apart.
        CREATE TABLE server (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            decoy_secret BLOB NOT NULL CHECK (length(decoy_secret) = 32),
            revision INTEGER NOT NULL
        ) STRICT;

        -- An EC-SRP5 verifier a user: enough to check a password, not to know it.
        CREATE TABLE account (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            salt BLOB NOT NULL CHECK (length(salt) = 16),
            x_gamma BLOB NOT NULL CHECK (length(x_gamma) = 32),
            parity INTEGER NOT NULL CHECK (parity IN (0, 1)),
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            max_bits_per_second REAL CHECK (max_bits_per_second > 0),
            max_sessions INTEGER CHECK (max_sessions > 0),
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;

        -- From where the user may come; no row: from anywhere.
        CREATE TABLE account_address (
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            range TEXT NOT NULL,
            PRIMARY KEY (account, range)
        ) STRICT, WITHOUT ROWID;

        -- The user's own quotas, each in place of the server's quota for the same period and direction.
        CREATE TABLE account_quota (
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            direction TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            PRIMARY KEY (account, period, direction)
        ) STRICT, WITHOUT ROWID;

        -- What a user or an address moved on a day. A user's rows outlive the account: who removes one and adds it again
        -- gives nobody a new quota.
        CREATE TABLE usage (
            kind TEXT NOT NULL CHECK (kind IN ('user', 'address')),
            subject TEXT NOT NULL,
            day INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL CHECK (bytes_in >= 0),
            bytes_out INTEGER NOT NULL CHECK (bytes_out >= 0),
            PRIMARY KEY (kind, subject, day)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX usage_day ON usage (day);

        -- Why tests were refused, the last of them.
        CREATE TABLE refusal (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            peer TEXT NOT NULL,
            user TEXT,
            reason TEXT NOT NULL
        ) STRICT;

        \(["account", "account_address", "account_quota"].map(revisionTriggers).joined())
        """

    private static func revisionTriggers(_ table: String) -> String {
        ["INSERT", "UPDATE", "DELETE"].map { event in
            """
            CREATE TRIGGER \(table)_\(event.lowercased()) AFTER \(event) ON \(table) BEGIN
                UPDATE server SET revision = revision + 1;
            END;

            """
        }.joined()
    }
}
