import Crypto
import ECSRP5
import Foundation
import GRDB
import ServerLimits
import Testing

@testable import Accounts

@Suite struct AccountStoreTests {
    let place: TemporaryAccounts
    let store: AccountStore
    private let noon = Date(timeIntervalSince1970: 1_795_262_400)

    init() throws {
        place = try TemporaryAccounts()
        store = try place.open()
    }

    private func terms() throws -> AccountTerms {
        AccountTerms(
            isEnabled: false, allowedNetworks: [try AddressRange("192.0.2.0/24"), try AddressRange("2001:db8::/32")],
            quotas: [QuotaRule(.day, .combined, bytes: 10), QuotaRule(.month, .received, bytes: .max)],
            maxBitsPerSecond: 1e8, maxSessions: 3)
    }

    private func account(_ name: String) async throws -> Account {
        try #require(try await store.accounts().first { $0.name == name })
    }

    @Test func `an account comes back as it was added`() async throws {
        try await store.add("alice", password: "secret", terms: terms(), at: noon)
        try await store.add("ä bob", password: "secret", terms: AccountTerms(), at: noon)
        let names = try await store.accounts().map(\.name)
        #expect(names == ["alice", "ä bob"])
        let alice = try await account("alice")
        let expected = try terms()
        #expect(alice.terms == expected)
        #expect(alice.createdAt == noon && alice.changedAt == noon)
        let again = try place.open(.readOnly)
        #expect(try await again.accounts() == store.accounts())
    }

    @Test func `a name is one account, in whichever way Unicode writes it`() async throws {
        try await store.add("Zoë", password: "a", terms: AccountTerms(), at: noon)
        for name in ["Zo\u{EB}", "Zoe\u{308}"] {
            await #expect(throws: AccountStoreError.userExists(name)) {
                try await store.add(name, password: "b", terms: AccountTerms(), at: noon)
            }
        }
        #expect(try await store.accounts().count == 1)
    }

    @Test func `what no login can carry is refused`() async throws {
        await #expect(throws: AccountStoreError.invalid("A user name cannot be empty.")) {
            try await store.add("", password: "a", terms: AccountTerms(), at: noon)
        }
        await #expect(throws: AccountStoreError.invalid("A password cannot be empty.")) {
            try await store.add("alice", password: "", terms: AccountTerms(), at: noon)
        }
        #expect(try await store.accounts().isEmpty)
    }

    @Test func `a change leaves what it does not name, and a password changes the verifier alone`() async throws {
        try await store.add("alice", password: "secret", terms: terms(), at: noon)
        let before = try await account("alice")
        let later = noon.addingTimeInterval(60)
        try await store.set("alice", at: later) {
            $0.isEnabled = true
            $0.setQuota(.day, .combined, bytes: nil)
            $0.setQuota(.week, .sent, bytes: 7)
            $0.allowedNetworks = []
        }
        var after = try await account("alice")
        #expect(after.publicKey == before.publicKey && after.salt == before.salt)
        #expect(after.createdAt == noon && after.changedAt == later)
        var expected = try terms()
        expected.isEnabled = true
        expected.allowedNetworks = []
        expected.quotas = [QuotaRule(.week, .sent, bytes: 7), QuotaRule(.month, .received, bytes: .max)]
        #expect(after.terms == expected)

        try await store.set("alice", password: "other", at: later)
        after = try await account("alice")
        #expect(after.terms == expected)
        #expect(after.publicKey != before.publicKey && after.salt == before.salt)
        let verifier = try Verifier(user: "alice", password: "other", salt: after.salt)
        #expect(try after.verifier() == verifier)
    }

    @Test func `a removed account is gone with all that belongs to it, and its usage stays`() async throws {
        try await store.add("alice", password: "secret", terms: terms(), at: noon)
        let usage = DailyUsage(subject: .user("alice"), day: 20_000, bytesReceived: 1, bytesSent: 2)
        try await store.record(usage: [usage])
        try await store.remove("alice")
        #expect(try await store.accounts().isEmpty)
        #expect(
            try place.value("SELECT (SELECT count(*) FROM account_address) + (SELECT count(*) FROM account_quota)")
                == "0")
        #expect(try await store.usage(since: 0) == [usage])
        await #expect(throws: AccountStoreError.unknownUser("alice")) { try await store.remove("alice") }
        await #expect(throws: AccountStoreError.unknownUser("alice")) { try await store.set("alice", at: noon) }
        #expect(AccountStoreError.unknownUser("a\"b").description == #"there is no user "a\"b"; see `probe user list`"#)
    }

    @Test func `a name has one salt, whether it is an account, was one, or never was`() async throws {
        let decoy = try store.decoys.salt(forUser: "alice")
        try await store.add("alice", password: "secret", terms: AccountTerms(), at: noon)
        #expect(try await account("alice").salt == decoy)
        try await store.remove("alice")
        #expect(try place.open(.readOnly).decoys.salt(forUser: "alice") == decoy)
    }

    @Test func `no byte of the files is a password or does the work of one`() async throws {
        let (user, password) = ("alice", "correct horse battery staple")
        try await store.add(user, password: password, terms: AccountTerms(), at: noon)
        try await store.record(usage: [DailyUsage(subject: .user(user), day: 1, bytesReceived: 1, bytesSent: 1)])
        let bytes = try place.bytes()
        let salt = try await account(user).salt.bytes
        // What a client computes on its way from the password to the proof; each would log in.
        let identity = Data(SHA256.hash(data: Data("\(user):\(password)".utf8)))
        let validator = Data(SHA256.hash(data: Data(salt) + identity))
        let secrets = [
            Data(password.utf8), Data(password.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }), identity,
            validator,
            Data(Insecure.MD5.hash(data: Data(password.utf8))), Data(SHA256.hash(data: Data(password.utf8))),
        ]
        for secret in secrets {
            for form in [
                secret, Data(secret.reversed()), Data(secret.base64EncodedString().utf8), Data(hex(secret).utf8),
            ] {
                #expect(bytes.range(of: form) == nil)
            }
        }
        // The search itself finds what is there.
        #expect(bytes.range(of: Data(try await account(user).publicKey.x)) != nil)
    }

    @Test func `a verifier that was replaced or removed leaves the file`() async throws {
        try await store.add("alice", password: "first", terms: AccountTerms(), at: noon)
        let first = Data(try await account("alice").publicKey.x)
        try await store.set("alice", password: "second", at: noon)
        let second = Data(try await account("alice").publicKey.x)
        try await store.remove("alice")
        try store.close()
        let bytes = try place.bytes()
        #expect(bytes.range(of: first) == nil && bytes.range(of: second) == nil)
    }

    @Test func `the revision moves with accounts, by whoever changes them, and not with usage`() async throws {
        var last = try await store.revision()
        func moved() async throws -> Bool {
            let now = try await store.revision()
            defer { last = now }
            return now != last
        }
        try await store.add("alice", password: "secret", terms: terms(), at: noon)
        #expect(try await moved())
        try await store.record(
            usage: [DailyUsage(subject: .user("alice"), day: 1, bytesReceived: 1, bytesSent: 1)],
            refusals: [Refusal(date: noon, peer: "192.0.2.1", user: nil, reason: "busy")])
        #expect(try await !moved())
        for change in [
            "UPDATE account SET enabled = 1", "DELETE FROM account_address", "UPDATE account_quota SET bytes = 1",
            "DELETE FROM account",
        ] {
            try place.execute("PRAGMA foreign_keys = ON; " + change)
            #expect(try await moved(), "\(change)")
        }
    }

    @Test(arguments: [
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')", "salt = 'text'",
            "salt"
        ),
        ("SELECT 1", "x_gamma = zeroblob(31)", "verifier"),
        ("SELECT 1", "x_gamma = x'\(String(repeating: "ff", count: 32))'", "verifier"),
        ("SELECT 1", "parity = 2", "verifier"),
    ])
    func `a damaged row is named and can be removed`(_ first: String, _ damage: String, _ column: String) async throws {
        try await store.add("alice", password: "secret", terms: AccountTerms(), at: noon)
        try place.execute("PRAGMA ignore_check_constraints = ON; \(first)")
        try place.execute("PRAGMA ignore_check_constraints = ON; UPDATE account SET \(damage)")
        let damaged = try place.open()
        let error = await #expect(throws: AccountStoreError.self) { try await damaged.accounts() }
        guard case .file(.unreadable(table: "user", row: "alice", column: column, found: _), path: place.path) = error
        else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await damaged.remove("alice")
        #expect(try await damaged.accounts().isEmpty)
    }

    private func hex(_ data: Data) -> String {
        data.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
