import Foundation
import ServerLimits
import Testing

@testable import Accounts

@Suite("Accounts that are replaced while a server runs")
struct ReplacedAccountsTests {
    let place: TemporaryAccounts
    let store: AccountStore
    private let noon = Date(timeIntervalSince1970: 1_700_000_000)

    init() throws {
        place = try TemporaryAccounts()
        store = try place.open()
    }

    /// Puts another file with these users in the place of the open one.
    private func replace(with users: [String], usage: [DailyUsage] = []) async throws {
        let path = place.folder + "/next.db"
        let next = try AccountStore(path: path, access: .create)
        for user in users { try await next.add(user, password: "secret", terms: AccountTerms(), at: noon) }
        try await next.record(usage: usage)
        try next.close()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -10)], ofItemAtPath: path)
        #expect(rename(path, place.path) == 0)
    }

    @Test func `who is gone is refused and who is new is let in, also where both files count the same changes`()
        async throws
    {
        try await store.add("amy", password: "secret", terms: AccountTerms(), at: noon)
        let live = try await LiveAccounts(store)
        let salt = try live.decoys.salt(forUser: "nobody")
        try await replace(with: ["bob"])
        #expect(try await live.refresh())
        #expect(live["amy"] == nil)
        #expect(live["bob"] != nil)
        #expect(try live.decoys.salt(forUser: "nobody") != salt)
        #expect(try live.decoys.salt(forUser: "nobody") == store.decoys.salt(forUser: "nobody"))
    }

    @Test func `a missing file locks nobody out`() async throws {
        try await store.add("amy", password: "secret", terms: AccountTerms(), at: noon)
        let live = try await LiveAccounts(store)
        unlink(place.path)
        await #expect(throws: AccountStoreError.file(.gone, path: place.path)) { try await live.refresh() }
        #expect(live["amy"] != nil)
    }

    @Test func `usage that the new file does not know is given to it, and what it alone knows counts`() async throws {
        let today = 19_675
        let ledger = QuotaLedger(clock: { Int64(today) * 86_400 + 60 })
        let amy = UsageSubject.user("amy")
        let bob = UsageSubject.user("bob")
        let grant = try ledger.grant(for: [.init(amy, [])], moving: .received)
        grant.received.spend(700)
        let journal = UsageJournal(store: store, ledger: ledger)
        try await journal.save()
        try await replace(
            with: [],
            usage: [
                DailyUsage(subject: amy, day: today, bytesReceived: 200, bytesSent: 0),
                DailyUsage(subject: bob, day: today, bytesReceived: 0, bytesSent: 50),
            ])
        ledger.rebase(on: try await store.usage(since: today))
        grant.received.spend(1)
        try await journal.save()
        let known = try await store.usage(since: today)
        #expect(known.first { $0.subject == amy }?.bytesReceived == 701)
        #expect(ledger.used(by: amy, .day, .received) == 701)
        #expect(ledger.used(by: bob, .day, .sent) == 50)
        try await journal.save()
        #expect(try await store.usage(since: today).first { $0.subject == amy }?.bytesReceived == 701)
    }
}
