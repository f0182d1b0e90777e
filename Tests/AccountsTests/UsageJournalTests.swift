import Foundation
import ServerLimits
import Testing

@testable import Accounts

@Suite struct UsageJournalTests {
    let place: TemporaryAccounts
    let ledger = QuotaLedger(clock: { 20_000 * 86_400 })

    init() throws {
        place = try TemporaryAccounts()
    }

    private func spend(_ bytes: Int) throws {
        let quotas = [QuotaLedger.Quota(.user("alice"), []), QuotaLedger.Quota(.address("192.0.2.1"), [])]
        let grant = try ledger.grant(for: quotas, moving: .combined)
        grant.received.spend(bytes)
        grant.sent.spend(bytes * 2)
    }

    private func refusal(_ number: Int) -> Refusal {
        Refusal(
            date: Date(timeIntervalSince1970: Double(number)), peer: "192.0.2.1", user: nil, reason: "reason \(number)")
    }

    private func usage(_ subject: UsageSubject, _ received: Int64) -> DailyUsage {
        DailyUsage(subject: subject, day: 20_000, bytesReceived: received, bytesSent: received * 2)
    }

    @Test func `what was counted is saved once, and a server that starts again knows it`() async throws {
        let store = try place.open()
        let journal = UsageJournal(store: store, ledger: ledger)
        try spend(10)
        journal.note(refusal(1))
        #expect(try await journal.save() == 0)
        try await journal.save()
        try spend(5)
        try await journal.save()
        let saved = try await store.usage(since: 0)
        #expect(Set(saved) == [usage(.user("alice"), 15), usage(.address("192.0.2.1"), 15)])
        #expect(try await store.refusals(limit: 9) == [refusal(1)])

        let next = QuotaLedger(past: saved, clock: { 20_000 * 86_400 })
        #expect(next.used(by: .user("alice"), .day, .combined) == 45)
        #expect(next.takeUnsaved().isEmpty)
    }

    @Test func `what could not be saved is saved the next time`() async throws {
        try place.open().close()
        // A store that cannot be written, over a ledger whose next store can.
        let failing = UsageJournal(store: try place.open(.readOnly), ledger: ledger)
        try spend(10)
        failing.note(refusal(1))
        for _ in 0..<2 {
            await #expect(throws: AccountStoreError.file(.notPermitted, path: place.path)) { try await failing.save() }
        }
        let store = try place.open()
        try await UsageJournal(store: store, ledger: ledger).save()
        #expect(
            Set(try await store.usage(since: 0)) == [usage(.user("alice"), 10), usage(.address("192.0.2.1"), 10)])
        #expect(failing.waiting == [refusal(1)])
    }

    @Test func `refusals that nobody would read are counted only`() async throws {
        let store = try place.open()
        let journal = UsageJournal(store: store, ledger: ledger)
        for number in 0..<UsageJournal.mostWaiting + 7 { journal.note(refusal(number)) }
        #expect(try await journal.save() == 7)
        #expect(try await store.refusals(limit: .max).count == UsageJournal.mostWaiting)
        #expect(try await journal.save() == 0)
    }
}
