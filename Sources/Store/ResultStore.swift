import FleetModel
import Foundation
import GRDB
import SQLiteFiles

/// The results of a fleet in one SQLite file that any SQLite tool can read.
///
/// What a method acknowledges has reached the disk. Several processes may use one file; only the agent takes
/// ``AgentLock``. A call that was begun is finished also when its task is cancelled: the result of an interrupted run
/// must still be kept.
public struct ResultStore: RunStore, RunReading {
    /// The file, as it was asked for.
    public let path: String
    /// 32 hexadecimal digits, chosen when the file was made: the schedule's default seed. It stays the same when another file takes
    /// the place of this one.
    public let storeID: String

    let database: OpenDatabase<String>
    private let lock: AgentLock?

    /// Opens a store.
    ///
    /// A file of another program, of a newer version or with damage in it is refused and left as it is. It blocks for a
    /// moment: call it at the start of the process.
    ///
    /// - Parameter lock: the right to run the agent on this store; it follows to a file that takes the place of this one.
    /// - Throws: ``StoreError``, one sentence for each reason.
    public init(path: String, access: SQLiteAccess = .create, lock: AgentLock? = nil) throws(StoreError) {
        do {
            database = try OpenDatabase(path: path, schema: Schema.file, access: access) { try lock?.follow() }
            storeID = database.header
            self.path = path
            self.lock = lock
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Looks whether the open file, and the lock, are still those of their names; takes over a file that took the place of the store.
    ///
    /// - Returns: what became of the file before, once; nil where nothing did.
    /// - Throws: ``StoreError``.
    public func look() async throws(StoreError) -> String? {
        do {
            try lock?.renew()
            return try await database.look()
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Closes every connection; the store cannot be used afterwards. Without it they close with the last copy.
    public func close() throws(StoreError) {
        do { try database.close() } catch { throw StoreError(error, path: path) }
    }

    /// Reads the whole file for damage, about a second per gigabyte: what the agent does once at its start.
    ///
    /// - Throws: ``StoreError/corrupt(path:detail:)`` with the first contradiction.
    public func checkIntegrity() async throws(StoreError) {
        try await reading { db in
            let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard found == "ok" else { throw SQLiteProblem.corrupt(detail: found) }
        }
    }

    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await database.writing(body) } catch { throw StoreError(error, path: path) }
    }

    /// Runs `body` over one unchanging state of the file.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await database.reading(body) } catch { throw StoreError(error, path: path) }
    }
}
