import ECSRP5
import Foundation
import GRDB
import SQLiteFiles
import ServerLimits

extension AccountStore {
    /// All accounts by name, as they were at one instant.
    ///
    /// - Throws: ``AccountStoreError``.
    public func accounts() async throws(AccountStoreError) -> [Account] {
        try await reading { try AccountReader(db: $0).accounts() }
    }

    /// Adds a user; returns after the commit.
    ///
    /// - Parameters:
    ///   - password: is used for the verifier and kept nowhere.
    ///   - date: now.
    /// - Throws: ``AccountStoreError/userExists(_:)``, ``AccountStoreError/invalid(_:)`` for what no login can carry.
    public func add(
        _ name: String, password: String, terms: AccountTerms, at date: Date
    ) async throws(AccountStoreError) {
        if let problem = AccountName.problem(name) { throw .invalid(problem) }
        let verifier = try verifier(name, password)
        try await writing { db in
            // Unicode writes some names in two ways; one of them alone may be an account, or a server would mix them up.
            let names = try String.fetchSet(db, sql: "SELECT name FROM account")
            guard !names.contains(name) else { throw AccountStoreError.userExists(name) }
            let time = AccountTime.nanoseconds(of: date)
            try db.execute(
                sql: """
                    INSERT INTO account (name, salt, x_gamma, parity, enabled, max_bits_per_second, max_sessions,
                        created_at, changed_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name, Data(verifier.salt.bytes), Data(verifier.publicKey.x), verifier.publicKey.parity,
                    terms.isEnabled, terms.maxBitsPerSecond, terms.maxSessions, time, time,
                ])
            try Self.write(terms, ofAccount: db.lastInsertedRowID, db)
        }
    }

    /// Changes a user; returns after the commit.
    ///
    /// - Parameters:
    ///   - password: a new one; nil keeps the one there is.
    ///   - date: now.
    ///   - change: gets the terms that hold and leaves those that shall.
    /// - Throws: ``AccountStoreError/unknownUser(_:)`` and others.
    public func set(
        _ name: String, password: String? = nil, at date: Date,
        change: @escaping @Sendable (inout AccountTerms) -> Void = { _ in }
    ) async throws(AccountStoreError) {
        var verifier: Verifier?
        if let password { verifier = try self.verifier(name, password) }
        let newVerifier = verifier
        try await writing { db in
            guard let (id, account) = try AccountReader(db: db).account(named: name) else {
                throw AccountStoreError.unknownUser(name)
            }
            var terms = account.terms
            change(&terms)
            let key = newVerifier?.publicKey ?? account.publicKey
            try db.execute(
                sql: """
                    UPDATE account SET salt = ?, x_gamma = ?, parity = ?, enabled = ?, max_bits_per_second = ?,
                        max_sessions = ?, changed_at = ?
                    WHERE id = ?
                    """,
                arguments: [
                    Data((newVerifier?.salt ?? account.salt).bytes), Data(key.x), key.parity, terms.isEnabled,
                    terms.maxBitsPerSecond, terms.maxSessions, AccountTime.nanoseconds(of: date), id,
                ])
            try db.execute(sql: "DELETE FROM account_address WHERE account = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM account_quota WHERE account = ?", arguments: [id])
            try Self.write(terms, ofAccount: id, db)
        }
    }

    /// Removes a user; returns after the commit. What the user moved stays known until it is too old to matter.
    ///
    /// - Throws: ``AccountStoreError/unknownUser(_:)`` and others.
    public func remove(_ name: String) async throws(AccountStoreError) {
        try await writing { db in
            try db.execute(sql: "DELETE FROM account WHERE name = ?", arguments: [name])
            guard db.changesCount > 0 else { throw AccountStoreError.unknownUser(name) }
        }
    }

    /// What the accounts were at one look: it moves with every change of an account, and with nothing else.
    public struct Revision: Sendable, Equatable {
        /// Counts the files that were opened under the name.
        let file: Int
        /// Counts the changes in it.
        let number: Int64
    }

    /// How often the accounts have changed.
    ///
    /// - Throws: ``AccountStoreError``.
    public func revision() async throws(AccountStoreError) -> Revision {
        let number: Int64 = try await reading { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT revision FROM server") else { return -1 }
            return try ColumnReader(row: row, table: "server").requiredInteger(0, "revision")
        }
        // After the reading: what is read next is of this file, or of one that the next revision tells of.
        return Revision(file: database.generation, number: number)
    }

    /// The salt follows from the name, as the salts of unknown names do: a client sees no difference.
    private func verifier(_ name: String, _ password: String) throws(AccountStoreError) -> Verifier {
        guard !password.isEmpty else { throw .invalid("A password cannot be empty.") }
        do {
            return try Verifier(user: name, password: password, salt: decoys.salt(forUser: name))
        } catch {
            throw .invalid("No verifier can be made of that password (\(error)).")
        }
    }

    private static func write(_ terms: AccountTerms, ofAccount id: Int64, _ db: Database) throws {
        for network in Set(terms.allowedNetworks) {
            try db.execute(
                sql: "INSERT INTO account_address (account, range) VALUES (?, ?)",
                arguments: [id, network.description])
        }
        for rule in terms.quotas {
            try db.execute(
                sql: "INSERT OR REPLACE INTO account_quota (account, period, direction, bytes) VALUES (?, ?, ?, ?)",
                arguments: [id, rule.period.rawValue, rule.direction.rawValue, rule.bytes])
        }
    }
}
