import ECSRP5
import Foundation
import GRDB

/// The accounts of a btest server in one SQLite file: verifiers, limits, and what was used of them.
///
/// There is no password in it and nothing that serves as one. What a method acknowledges has reached the disk. Several
/// processes may use one file: `probe user` changes what a running server reads.
public struct AccountStore: Sendable {
    /// What the caller wants of the file.
    public enum Access: Sendable {
        /// Make the file where there is none, bring an older one up to date.
        case create
        /// Change what is there, bring an older one up to date.
        case readWrite
        /// Only look: nothing is made, nothing is changed.
        case readOnly
    }

    /// The file, as it was asked for.
    public let path: String
    /// Makes the salts of accounts, and the answers to names that do not exist.
    public let decoys: DecoyVerifiers

    let pool: DatabasePool

    /// Opens the accounts.
    ///
    /// A file of another program, of a newer version, with damage in it or open to others is refused and left as it is.
    /// It blocks for a moment: call it at the start of the process.
    ///
    /// - Throws: ``AccountStoreError``, one sentence for each reason.
    public init(path: String, access: Access) throws(AccountStoreError) {
        let file = AccountFile(path: path)
        if access == .create { try file.create() }
        try file.requireFile()
        let version = try file.schemaVersion()
        guard version <= AccountSchema.version else {
            throw .newerSchema(path: path, found: version, known: AccountSchema.version)
        }
        if access != .create, version == 0 { throw .missing(path: path) }
        if access == .readOnly, version < AccountSchema.version {
            throw .olderSchema(path: path, found: version, known: AccountSchema.version)
        }
        do {
            let pool = try DatabasePool(
                path: path, configuration: AccountSettings.configuration(readOnly: access == .readOnly))
            if access != .readOnly {
                try pool.writeWithoutTransaction { db in
                    try AccountSettings.enforce(on: db, path: path)
                    try AccountSchema.migrate(db)
                }
            }
            let secret = try pool.read { try Row.fetchOne($0, sql: "SELECT decoy_secret FROM server") }
            guard case .blob(let data)? = secret?.databaseValues.first?.storage else {
                throw AccountStoreError.corrupt(path: path, detail: "it has no secret for salts")
            }
            self.decoys = try DecoyVerifiers(secret: Array(data))
            self.path = path
            self.pool = pool
        } catch {
            throw AccountStoreError(error, path: path)
        }
    }

    /// Closes every connection; the store cannot be used afterwards. Without it they close with the last copy.
    public func close() throws(AccountStoreError) {
        // The readers go first: only a last connection that may write folds the WAL into the file.
        pool.releaseMemory()
        do { try pool.close() } catch { throw AccountStoreError(error, path: path) }
    }

    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AccountStoreError) -> Value {
        let path = path
        let answer: Result<Value, AccountStoreError> = await withCheckedContinuation { continuation in
            pool.asyncWrite(body) { _, result in
                continuation.resume(returning: result.mapError { AccountStoreError($0, path: path) })
            }
        }
        return try answer.get()
    }

    /// Runs `body` over one unchanging state of the file.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AccountStoreError) -> Value {
        let path = path
        let answer: Result<Value, AccountStoreError> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                let result = Result { try body(database.get()) }
                continuation.resume(returning: result.mapError { AccountStoreError($0, path: path) })
            }
        }
        return try answer.get()
    }
}
