import FleetModel
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("Rows that a wrong clock wrote")
struct WrongClockTests {
    let place: TemporaryStore
    let store: ResultStore

    init() async throws {
        place = try TemporaryStore()
        store = try place.open()
    }

    /// A run of a slot that is due at its start.
    private func run(_ number: Int, at start: Date) -> ProbeResult {
        var run = Samples.full(number, at: start)
        run.scheduledAt = start
        run.slot = Int64(start.timeIntervalSince1970)
        return run
    }

    private func text(_ sql: String) throws -> String? {
        try place.rows(sql).first?.values.first.flatMap(String.fromDatabaseValue)
    }

    @Test(
        "A row ahead of the clock owns nothing: not the newest run, not a day, not the slot",
        arguments: [3600, 86_400, 169_200, 283_824_000] as [Double])
    func ahead(lead: Double) async throws {
        let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        try await store.record([run(1, at: now - 600), run(2, at: now + lead)])
        func started() throws -> String? { try text("SELECT started_at FROM v_latest") }
        let right = try started()
        #expect(right?.hasPrefix(String((now - 600).formatted(.iso8601).prefix(10))) == true)
        #expect(try await store.latestSlots(now: now) == ["ap-north/tcp/0": Int64(now.timeIntervalSince1970) - 600])
        #expect(try await store.runs(limit: 1).map(\.runID) == [Samples.id(1)])
        // All of it before anything is marked, and after.
        let wrong = try await store.markRuns(aheadOf: now)
        #expect(wrong.ids.count == 1 && wrong.latest == now + lead)
        #expect(try started() == right)
        #expect(try text("SELECT count(*) || '' FROM v_daily") == "1")
        let kept = try #require(try await store.run(id: Samples.id(2)))
        #expect(kept.flags.contains(RunFlag.clockWrong) && !kept.countsInStatistics)
        #expect(kept.slot == nil && kept.jobID == "ap-north/tcp/0" && kept.download != nil)
        #expect(try await store.runs().map(\.runID) == [Samples.id(1), Samples.id(2)])
        #expect(try await store.markRuns(aheadOf: now).ids.isEmpty)
        // The slot that it took is there for the run that is due then.
        #expect(try await store.record(run(3, at: now + lead)) == .recorded)
        #expect(try place.rows("SELECT job, slot FROM run WHERE slot IS NOT NULL").count == 2)
    }

    @Test("A clock that was behind: its rows give way to those that it doubted")
    func behind() async throws {
        let now = Samples.morning
        // Right ones of today; then the machine starts with the clock of yesterday, doubts them and runs a slot again.
        try await store.record([run(1, at: now - 1800), run(2, at: now - 600)])
        let newest = try await store.newestRow()
        let yesterday = now - 86_400
        let doubted = try await store.markRuns(aheadOf: yesterday)
        #expect(doubted.ids.count == 2)
        var again = run(3, at: now - 1800)
        again.startedAt = yesterday + 60
        #expect(try await store.record(again) == .recorded)
        // The network sets the clock.
        let wrong = try await store.markRuns(after: newest, behind: yesterday + 300)
        #expect(wrong.ids.count == 1)
        try await store.restoreRuns(doubted.ids, at: now)
        let runs = try await store.runs()
        #expect(runs.map(\.runID) == [Samples.id(2), Samples.id(1), Samples.id(3)])
        #expect(runs.map(\.isPlacedInTime) == [true, true, false])
        #expect(runs.map(\.slot) == [run(2, at: now - 600).slot, run(1, at: now - 1800).slot, nil])
        #expect(runs.first?.flags == Samples.full().flags)
    }

    @Test("What is still ahead stays marked, and a slot that another has is not taken back")
    func restore() async throws {
        let now = Samples.morning
        try await store.record([run(1, at: now + 600), run(2, at: now + 86_400)])
        let wrong = try await store.markRuns(aheadOf: now)
        var right = run(3, at: now + 600)
        right.startedAt = now + 1
        try await store.record(right)
        try await store.restoreRuns(wrong.ids, at: now + 3600)
        let first = try #require(try await store.run(id: Samples.id(1)))
        #expect(first.isPlacedInTime && first.slot == nil)
        #expect(try await store.run(id: Samples.id(2))?.isPlacedInTime == false)
        #expect(try await store.run(id: Samples.id(3))?.slot == right.slot)
    }

    @Test(
        "When a target was first seen follows its first run where the clock was wrong",
        arguments: [-10_950, 3285] as [Double])
    func firstSeen(days: Double) async throws {
        let now = Samples.morning
        let target = Target(name: "ap-north", system: .router(Router(address: "192.0.2.1")), assignments: [])
        try await store.update(targets: [target], at: now + days * 86_400)
        #expect(try await store.firstSeen(now: now)["ap-north"] ?? .distantFuture <= now + 60)
        try await store.record([run(1, at: now - 3600), run(2, at: now - 1800), run(3, at: now + 86_400)])
        #expect(try await store.firstSeen(now: now)["ap-north"] == now - 3600)
        // A target that the file names under the right clock was not first seen later.
        try await store.update(targets: [target], at: now)
        #expect(try await store.firstSeen(now: now)["ap-north"] == now - 3600)
    }
}
