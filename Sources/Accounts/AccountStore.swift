import ECSRP5
import Foundation
import GRDB
import SQLiteFiles

/// The accounts of a btest server in one SQLite file: verifiers, limits, and what was used of them.
///
/// There is no password in it and nothing that serves as one. What a method acknowledges has reached the disk. Several
/// processes may use one file: `probe user` changes what a running server reads.
public struct AccountStore: Sendable {
    /// The file, as it was asked for.
    public let path: String

    let database: OpenDatabase<DecoyVerifiers>

    /// Makes the salts of accounts, and the answers to names that do not exist: those of the file that is open.
    public var decoys: DecoyVerifiers { database.header }

    /// Opens the accounts.
    ///
    /// A file of another program, of a newer version, with damage in it or open to others is refused and left as it is.
    /// It blocks for a moment: call it at the start of the process.
    ///
    /// - Throws: ``AccountStoreError``, one sentence for each reason.
    public init(path: String, access: SQLiteAccess) throws(AccountStoreError) {
        do { database = try OpenDatabase(path: path, schema: AccountSchema.file, access: access) } catch {
            throw AccountStoreError(error, path: path)
        }
        self.path = path
    }

    /// Looks whether the open file is still the one of its name, and takes over one that took its place.
    ///
    /// - Returns: what became of the file before, once; nil where nothing did.
    /// - Throws: ``AccountStoreError``.
    public func look() async throws(AccountStoreError) -> String? {
        do { return try await database.look() } catch { throw AccountStoreError(error, path: path) }
    }

    /// Closes every connection; the store cannot be used afterwards. Without it they close with the last copy.
    public func close() throws(AccountStoreError) {
        do { try database.close() } catch { throw AccountStoreError(error, path: path) }
    }

    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AccountStoreError) -> Value {
        do { return try await database.writing(body) } catch { throw AccountStoreError(error, path: path) }
    }

    /// Runs `body` over one unchanging state of the file.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(AccountStoreError) -> Value {
        do { return try await database.reading(body) } catch { throw AccountStoreError(error, path: path) }
    }
}
