import FleetModel
import Foundation
import GRDB
import SQLiteFiles

/// The results of a fleet in one SQLite file that any SQLite tool can read.
///
/// What a method acknowledges has reached the disk. Several processes may use one file; only the agent takes
/// ``AgentLock``. A call that was begun is finished also when its task is cancelled: the result of an interrupted run
/// must still be kept.
public struct ResultStore: Sendable {
    /// What the caller wants of the file.
    public enum Access: Sendable {
        /// Make the file where there is none, bring an older one up to date.
        case readWrite
        /// Only look: nothing is made, nothing is changed.
        case readOnly
    }

    /// The file, as it was asked for.
    public let path: String
    /// 32 hexadecimal digits, chosen when the file was made: the schedule's default seed.
    public let storeID: String

    let pool: DatabasePool

    /// Opens a store.
    ///
    /// A file of another program, of a newer version or with damage in it is refused and left as it is. It blocks for a
    /// moment: call it at the start of the process.
    ///
    /// - Throws: ``StoreError``, one sentence for each reason.
    public init(path: String, access: Access = .readWrite) throws(StoreError) {
        let version: Int
        do {
            let file = SQLiteFile(path: path, applicationID: Schema.applicationID)
            if access == .readWrite { try file.create() }
            try file.requireFile()
            version = try file.schemaVersion()
        } catch {
            throw StoreError(error, path: path)
        }
        if version > Schema.version {
            throw .newerSchema(path: path, found: version, known: Schema.version)
        }
        if access == .readOnly {
            guard version > 0 else { throw .missing(path: path) }
            guard version == Schema.version else {
                throw .olderSchema(path: path, found: version, known: Schema.version)
            }
        }
        do {
            let settings = SQLiteSettings()
            let pool = try DatabasePool(
                path: path, configuration: settings.configuration(readOnly: access == .readOnly))
            if access == .readWrite {
                try pool.writeWithoutTransaction { db in
                    try settings.enforce(on: db)
                    try Schema.migration.run(on: db)
                }
            }
            let id = try pool.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'store_id'") }
            guard let id else {
                throw StoreError.unreadable(table: "meta", row: "store_id", column: "value", found: "nothing")
            }
            self.path = path
            self.storeID = id
            self.pool = pool
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Closes every connection; the store cannot be used afterwards. Without it they close with the last copy.
    public func close() throws(StoreError) {
        // The readers go first: only a last connection that may write folds the WAL into the file.
        pool.releaseMemory()
        do { try pool.close() } catch { throw StoreError(error, path: path) }
    }

    /// Reads the whole file for damage, about a second per gigabyte: what the agent does once at its start.
    ///
    /// - Throws: ``StoreError/corrupt(path:detail:)`` with the first contradiction.
    public func checkIntegrity() async throws(StoreError) {
        let path = path
        try await reading { db in
            let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard found == "ok" else { throw StoreError.corrupt(path: path, detail: found) }
        }
    }

    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try await pool.finishWriting(body).mapError { StoreError($0, path: path) }.get()
    }

    /// Runs `body` over one unchanging state of the file.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try await pool.finishReading(body).mapError { StoreError($0, path: path) }.get()
    }
}
