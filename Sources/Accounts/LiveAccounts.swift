import ECSRP5
import Foundation
import ServerLimits
import Synchronization

/// The accounts in memory, as a running server looks them up, and brought up to date while it runs.
///
/// A look-up takes a lock for the time of one dictionary access and never touches the disk. ``refresh()`` asks the file
/// for one number; the accounts are read again only when it moved, or when another file took the place of this one.
public final class LiveAccounts: Sendable {
    /// One user, ready for a login.
    public struct Entry: Sendable {
        public let terms: AccountTerms
        /// For a login with EC-SRP5; nil where logins are with MD5.
        public let verifier: Verifier?
        /// For a login with MD5; nil for a user without one.
        public let md5Password: String?
    }

    private struct State {
        var entries: [String: (name: String, entry: Entry)] = [:]
        var accounts: [Account] = []
        var revision: AccountStore.Revision?
        var decoys: DecoyVerifiers
        var md5Stamp: Md5SecretsFile.Stamp?
    }

    private let store: AccountStore
    private let md5Secrets: Md5SecretsFile?
    private let state: Mutex<State>

    /// Reads the accounts.
    ///
    /// - Parameter md5Secrets: where the passwords are, when logins are with MD5.
    /// - Throws: ``AccountStoreError`` or ``Md5SecretsError``.
    public init(_ store: AccountStore, md5Secrets: Md5SecretsFile? = nil) async throws {
        self.store = store
        self.md5Secrets = md5Secrets
        state = Mutex(State(decoys: store.decoys))
        try await refresh()
    }

    /// The user of this exact name; nil when there is none.
    public subscript(name: String) -> Entry? {
        state.withLock { state in
            // Strings that look alike are equal to a dictionary; a login means one of them.
            guard let found = state.entries[name], found.name.utf8.elementsEqual(name.utf8) else { return nil }
            return found.entry
        }
    }

    /// The answers to names that do not exist, of the same file as the accounts.
    public var decoys: DecoyVerifiers { state.withLock { $0.decoys } }

    public var count: Int { state.withLock { $0.entries.count } }

    /// Takes over what changed since the last time; one caller at a time.
    ///
    /// - Returns: whether anything did.
    /// - Throws: ``AccountStoreError`` or ``Md5SecretsError``; what was known before then goes on to hold.
    @discardableResult
    public func refresh() async throws -> Bool {
        let revision = try await store.revision()
        let stamp = await onQueue { [md5Secrets] in md5Secrets?.stamp() }
        let known = state.withLock { ($0.revision, $0.md5Stamp, $0.accounts) }
        guard revision != known.0 || stamp != known.1 || (md5Secrets != nil && stamp == nil) else { return false }
        let accounts = try await store.accounts()
        let decoys = store.decoys
        let secrets = try await onQueue { [md5Secrets] in Result { try md5Secrets?.content() } }.get()
        let verifiers = md5Secrets == nil ? try await verifiers(of: accounts, known: known.2) : [:]
        var entries: [String: (name: String, entry: Entry)] = [:]
        for account in accounts {
            let entry = Entry(
                terms: account.terms, verifier: verifiers[account.name],
                md5Password: secrets?.passwords[account.name])
            entries[account.name] = (account.name, entry)
        }
        state.withLock { [entries] state in
            state = State(
                entries: entries, accounts: accounts, revision: revision, decoys: decoys, md5Stamp: secrets?.stamp)
        }
        return true
    }

    /// To make a verifier costs curve arithmetic, seconds for thousands of accounts: those that did not change are taken
    /// over, and the others are made by all cores, away from the threads that run tasks.
    private func verifiers(
        of accounts: [Account], known: [Account]
    ) async throws(AccountStoreError) -> [String: Verifier] {
        let before = Dictionary(known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var verifiers: [String: Verifier] = [:]
        var changed: [Account] = []
        for account in accounts {
            if let old = before[account.name], old.salt == account.salt, old.publicKey == account.publicKey,
                let verifier = self[account.name]?.verifier
            {
                verifiers[account.name] = verifier
            } else {
                changed.append(account)
            }
        }
        let made = await withTaskGroup(of: [(String, Verifier?)].self) { group in
            for start in stride(from: 0, to: changed.count, by: Self.verifiersAtOnce) {
                let some = changed[start..<min(start + Self.verifiersAtOnce, changed.count)]
                group.addTask { await self.onQueue { some.map { ($0.name, try? $0.verifier()) } } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for (name, verifier) in made {
            guard let verifier else {
                throw .file(
                    .unreadable(table: "user", row: name, column: "verifier", found: "no point"), path: store.path)
            }
            verifiers[name] = verifier
        }
        return verifiers
    }

    private static let verifiersAtOnce = 64

    /// Works where nobody waits for the thread.
    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: body()) }
        }
    }
}
