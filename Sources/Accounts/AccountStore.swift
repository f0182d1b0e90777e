import ECSRP5
import Foundation
import GRDB
import SQLiteFiles

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
        let version: Int
        do {
            // Verifiers can be guessed against: the file is for its owner alone.
            let file = SQLiteFile(path: path, applicationID: AccountSchema.applicationID, isForOwnerAlone: true)
            if access == .create { try file.create() }
            try file.requireFile()
            version = try file.schemaVersion()
        } catch {
            throw AccountStoreError(error, path: path)
        }
        guard version <= AccountSchema.version else {
            throw .newerSchema(path: path, found: version, known: AccountSchema.version)
        }
        if access != .create, version == 0 { throw .missing(path: path) }
        if access == .readOnly, version < AccountSchema.version {
            throw .olderSchema(path: path, found: version, known: AccountSchema.version)
        }
        do {
            // A verifier that was replaced or removed leaves the file with it.
            let settings = SQLiteSettings(erasesDeleted: true)
            let pool = try DatabasePool(
                path: path, configuration: settings.configuration(readOnly: access == .readOnly))
            if access != .readOnly {
                try pool.writeWithoutTransaction { db in
                    try settings.enforce(on: db)
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
        try await pool.finishWriting(body).mapError { AccountStoreError($0, path: path) }.get()
    }

    /// Runs `body` over one unchanging state of the file.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AccountStoreError) -> Value {
        try await pool.finishReading(body).mapError { AccountStoreError($0, path: path) }.get()
    }
}
