import ECSRP5
import Foundation
import ServerLimits
import Testing

@testable import Accounts

@Suite struct LiveAccountsTests {
    let place: TemporaryAccounts
    let store: AccountStore

    init() throws {
        place = try TemporaryAccounts()
        store = try place.open()
    }

    private func add(_ name: String, _ terms: AccountTerms = AccountTerms()) async throws {
        // Another process's store.
        try await place.open().add(name, password: "secret", terms: terms, at: Date())
    }

    @Test func `a running server finds who was added, changed and removed since`() async throws {
        let live = try await LiveAccounts(store)
        #expect(live["alice"] == nil)
        #expect(try await !live.refresh())

        try await add("alice")
        #expect(try await live.refresh())
        let salt = try store.decoys.salt(forUser: "alice")
        let verifier = try Verifier(user: "alice", password: "secret", salt: salt)
        #expect(live["alice"]?.verifier == verifier)
        #expect(live["alice"]?.terms.isEnabled == true)

        try await place.open().set("alice", at: Date()) { $0.isEnabled = false }
        #expect(try await live.refresh())
        #expect(live["alice"]?.terms.isEnabled == false)

        try await place.open().remove("alice")
        #expect(try await live.refresh())
        #expect(live["alice"] == nil)
    }

    @Test func `saving usage makes nobody read the accounts again`() async throws {
        try await add("alice")
        let live = try await LiveAccounts(store)
        try await store.record(
            usage: [DailyUsage(subject: .user("alice"), day: 1, bytesReceived: 1, bytesSent: 1)])
        #expect(try await !live.refresh())
    }

    @Test func `a look-up means the very bytes of a name`() async throws {
        try await add("Zo\u{EB}")
        let live = try await LiveAccounts(store)
        #expect(live["Zo\u{EB}"] != nil)
        #expect(live["Zoe\u{308}"] == nil)
    }

    @Test func `a damaged account keeps the server from starting, and a running one from forgetting the others`()
        async throws
    {
        try await add("alice")
        try await add("bob")
        let live = try await LiveAccounts(store)
        // A number that is no point of the curve.
        try place.execute(
            "UPDATE account SET x_gamma = x'\(String(repeating: "00", count: 31))02' WHERE name = 'bob'")
        let expected = AccountStoreError.file(
            .unreadable(table: "user", row: "bob", column: "verifier", found: "no point"), path: place.path)
        await #expect(throws: expected) { try await live.refresh() }
        #expect(live["alice"] != nil && live["bob"] != nil)
        await #expect(throws: expected) { try await LiveAccounts(store) }
        #expect(
            expected.description
                == "the accounts database \(place.path) holds no point as verifier of the user bob, which this version cannot read; "
                + "remove that user and add it again")
    }

    @Test func `logins with MD5 take passwords from their file and everything else from the accounts`() async throws {
        let secrets = Md5SecretsFile(path: place.folder + "/md5.json")
        try secrets.set("one", forUser: "alice")
        try secrets.set("stray", forUser: "nobody")
        try await add("alice", AccountTerms(maxSessions: 2))
        try await add("bob")
        let live = try await LiveAccounts(store, md5Secrets: secrets)
        #expect(live["alice"]?.md5Password == "one")
        #expect(live["alice"]?.terms.maxSessions == 2)
        #expect(live["alice"]?.verifier == nil)
        #expect(live["bob"]?.md5Password == nil)
        #expect(live["nobody"] == nil)

        try secrets.set("two", forUser: "alice")
        #expect(try await live.refresh())
        #expect(live["alice"]?.md5Password == "two")
        #expect(try await !live.refresh())

        try FileManager.default.removeItem(atPath: secrets.path)
        await #expect(throws: Md5SecretsError(path: secrets.path, reason: .missing)) { try await live.refresh() }
        #expect(live["alice"]?.md5Password == "two")
    }
}
