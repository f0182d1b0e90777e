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

    private func text(_ sql: String) throws -> String? {
        try place.rows(sql).first?.values.first.flatMap(String.fromDatabaseValue)
    }

    @Test(
        "A row ahead of the clock owns nothing: not the newest run, not a day, not the slot",
        arguments: [3600, 86_400, 169_200, 283_824_000] as [Double])
    func ahead(lead: Double) async throws {
        let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        try await store.keep([Samples.slot(1, at: now - 600), Samples.slot(2, at: now + lead)])
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
        #expect(try await store.keep(Samples.slot(3, at: now + lead)) == .recorded)
        #expect(try place.rows("SELECT job, slot FROM run WHERE slot IS NOT NULL").count == 2)
    }
}
