import Foundation
import ServerLimits
import Testing

@testable import Accounts

@Suite struct UsageTests {
    let place: TemporaryAccounts
    let store: AccountStore

    init() throws {
        place = try TemporaryAccounts()
        store = try place.open()
    }

    private func usage(_ subject: UsageSubject, _ day: Int, _ received: Int64, _ sent: Int64) -> DailyUsage {
        DailyUsage(subject: subject, day: day, bytesReceived: received, bytesSent: sent)
    }

    @Test func `what is recorded is added to what is there, and a user is not an address`() async throws {
        try await store.record(usage: [usage(.user("a"), 5, 1, 2), usage(.address("a"), 5, 10, 20)])
        try await store.record(usage: [usage(.user("a"), 5, 3, 4), usage(.user("a"), 6, 5, 6)])
        #expect(
            Set(try await store.usage(since: 5))
                == [usage(.user("a"), 5, 4, 6), usage(.user("a"), 6, 5, 6), usage(.address("a"), 5, 10, 20)])
        #expect(try await store.usage(since: 6) == [usage(.user("a"), 6, 5, 6)])
    }

    @Test func `a sum ends at 64 bits, and nothing is ever taken away`() async throws {
        try await store.record(usage: [usage(.user("a"), 5, .max, 7)])
        try await store.record(usage: [usage(.user("a"), 5, .max, -7)])
        #expect(try await store.usage(since: 0) == [usage(.user("a"), 5, .max, 7)])
    }

    @Test func `what was acknowledged is there after a crash`() async throws {
        try await store.record(usage: [usage(.user("a"), 5, 1, 2)])
        // The files as a process leaves them that is killed now: nothing closed, nothing moved out of the WAL.
        let after = try TemporaryAccounts()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: place.path + suffix, toPath: after.path + suffix)
        }
        #expect(try await after.open(.readWrite).usage(since: 0) == [usage(.user("a"), 5, 1, 2)])
    }

    @Test func `old days are forgotten`() async throws {
        try await store.record(
            usage: (1...9).flatMap { [usage(.user("a"), $0, 1, 1), usage(.address("a"), $0, 1, 1)] })
        try await store.prune(usersBefore: 8, addressesBefore: 9)
        #expect(
            Set(try await store.usage(since: 0))
                == [usage(.user("a"), 8, 1, 1), usage(.user("a"), 9, 1, 1), usage(.address("a"), 9, 1, 1)])
    }

    @Test func `refusals come back newest first, and the oldest make room`() async throws {
        func refusal(_ number: Int) -> Refusal {
            Refusal(
                date: Date(timeIntervalSince1970: Double(number)), peer: "192.0.2.1",
                user: number % 2 == 0 ? nil : "a\u{1B}[2J", reason: "reason \(number)")
        }
        try await store.record(usage: [], refusals: [refusal(1)])
        try await store.record(usage: [], refusals: [refusal(2), refusal(3)])
        #expect(try await store.refusals(limit: 2) == [refusal(3), refusal(2)])
        try await store.record(usage: [], refusals: (4...AccountStore.mostRefusals + 10).map(refusal))
        let kept = try await store.refusals(limit: .max)
        #expect(kept.count == AccountStore.mostRefusals)
        #expect(kept.last == refusal(11))
    }
}
