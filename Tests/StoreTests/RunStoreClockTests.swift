import FleetModel
import Foundation
import Testing

/// What every kind of store does with runs that a wrong clock wrote.
@Suite("Every store tells a wrong clock's runs apart")
struct RunStoreClockTests {
    private let place: TemporaryStore
    private let now = Date(timeIntervalSince1970: 1_772_424_000)

    init() throws {
        place = try TemporaryStore()
    }

    @Test("Runs ahead of the clock are marked once and give their slots up", arguments: StoreKind.allCases)
    func ahead(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.keep([Samples.slot(1, at: now - 600), Samples.slot(2, at: now + 3600)])
        #expect(try await store.latestSlots(now: now) == ["ap-north/tcp/0": Int64(now.timeIntervalSince1970) - 600])
        let wrong = try await store.markRuns(aheadOf: now)
        #expect(wrong.ids.count == 1 && wrong.latest == now + 3600)
        #expect(try await store.markRuns(aheadOf: now) == WrongRows())
        let kept = try #require(try await store.run(id: Samples.id(2)))
        #expect(kept.flags.contains(RunFlag.clockWrong) && kept.slot == nil && kept.scheduledAt == now + 3600)
        // Those whose time is not known come last.
        #expect(try await store.runs().map(\.runID) == [Samples.id(1), Samples.id(2)])
        #expect(try await store.keep(Samples.slot(3, at: now + 3600)) == .recorded)
    }

    @Test("A clock that was a moment ahead is right", arguments: StoreKind.allCases)
    func tolerance(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.keep(Samples.slot(1, at: now + WrongRows.tolerance))
        #expect(try await store.markRuns(aheadOf: now).ids.isEmpty)
    }

    @Test("Runs from ahead of the clock come last also before anybody marked them", arguments: StoreKind.allCases)
    func unmarked(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let year = Date() + 365 * 86_400
        try await store.keep([Samples.slot(1, at: year), Samples.slot(2, at: now), Samples.slot(3, at: now - 60)])
        #expect(try await store.runs().map(\.runID) == [2, 3, 1].map(Samples.id))
        #expect(try await store.runs(limit: 2).map(\.runID) == [2, 3].map(Samples.id))
    }

    @Test("A clock that was behind: its runs give way to those that it doubted", arguments: StoreKind.allCases)
    func behind(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        #expect(try await store.newestRow() == 0)
        // Right ones of today; then the machine starts with the clock of yesterday, doubts them and runs a slot again.
        try await store.keep([Samples.slot(1, at: now - 1800), Samples.slot(2, at: now - 600)])
        let newest = try await store.newestRow()
        let yesterday = now - 86_400
        let doubted = try await store.markRuns(aheadOf: yesterday)
        #expect(doubted.ids.count == 2)
        var again = Samples.slot(3, at: now - 1800)
        again.startedAt = yesterday + 60
        #expect(try await store.keep(again) == .recorded)
        // The network sets the clock.
        #expect(try await store.markRuns(after: newest, behind: yesterday + 300).ids.count == 1)
        try await store.restoreRuns(doubted.ids, at: now)
        let runs = try await store.runs()
        #expect(runs.map(\.runID) == [2, 1, 3].map(Samples.id))
        #expect(runs.map(\.isPlacedInTime) == [true, true, false])
        let seconds = Int64(now.timeIntervalSince1970)
        #expect(runs.map(\.slot) == [seconds - 600, seconds - 1800, nil])
        #expect(runs.first?.flags == Samples.full().flags)
    }

    @Test(
        "What is still ahead stays marked, and a slot that another has is not taken back", arguments: StoreKind.allCases
    )
    func restore(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.keep([Samples.slot(1, at: now + 600), Samples.slot(2, at: now + 86_400)])
        let wrong = try await store.markRuns(aheadOf: now)
        var right = Samples.slot(3, at: now + 600)
        right.startedAt = now + 1
        try await store.keep(right)
        try await store.restoreRuns(wrong.ids, at: now + 3600)
        let first = try #require(try await store.run(id: Samples.id(1)))
        #expect(first.isPlacedInTime && first.slot == nil)
        #expect(try await store.run(id: Samples.id(2))?.isPlacedInTime == false)
        #expect(try await store.run(id: Samples.id(3))?.slot == right.slot)
    }
}
