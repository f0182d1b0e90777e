import FleetModel
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("Views for people")
struct StoreViewTests {
    let place: TemporaryStore
    let store: ResultStore

    init() async throws {
        place = try TemporaryStore()
        store = try place.open()
    }

    @Test("v_run has the columns of the contract, in their order and units")
    func run() async throws {
        try await store.keep(Samples.full())
        let names = try place.rows("SELECT name FROM pragma_table_info('v_run') ORDER BY cid")
        #expect(
            names.compactMap { $0["name"] }.compactMap(String.fromDatabaseValue) == [
                "run_id", "target", "probe", "kind", "trigger", "outcome", "failure_kind", "failure", "started_at",
                "download_mbit_per_s", "upload_mbit_per_s", "latency_median_ms", "loss_ratio", "flags",
                "download_cap_mbit_per_s", "upload_cap_mbit_per_s",
            ])
        let row = try #require(try place.rows("SELECT * FROM v_run").first)
        #expect(row["run_id"] == "00000000-0000-4000-8000-000000000001".databaseValue)
        #expect(row["target"] == "ap-north".databaseValue)
        #expect(row["started_at"] == "2026-03-02T04:05:06.789Z".databaseValue)
        #expect(row["download_mbit_per_s"] == 94.212345678.databaseValue)
        #expect(row["upload_mbit_per_s"] == 18.5.databaseValue)
        #expect(row["latency_median_ms"] == 12.3.databaseValue)
        #expect(row["loss_ratio"] == 0.05.databaseValue)
        #expect(row["flags"] == "remote-cpu-bound tls-unverified".databaseValue)
    }

    @Test("A time is rounded to its millisecond, over the end of a second and of a day too")
    func rounding() async throws {
        try await store.keep(Samples.failed(1))
        try place.execute("UPDATE run SET started_at = 1772409599999600000")
        #expect(try place.rows("SELECT * FROM v_run").first?["started_at"] == "2026-03-02T00:00:00.000Z".databaseValue)
        #expect(try place.rows("SELECT * FROM v_daily").first?["day"] == "2026-03-02".databaseValue)
    }

    @Test("v_run leaves unknown what was not measured, and tells the failure")
    func failedRun() async throws {
        try await store.keep(Samples.failed(1, .timeout))
        let row = try #require(try place.rows("SELECT * FROM v_run").first)
        #expect(row["outcome"] == "failed".databaseValue)
        #expect(row["failure_kind"] == "timeout".databaseValue)
        #expect(row["failure"] == "192.0.2.11:2000 did not answer within 3 s.".databaseValue)
        #expect(row["download_mbit_per_s"] == .null)
        #expect(row["latency_median_ms"] == .null)
    }

    @Test("v_latest shows the newest run of each target and probe, rounded, by name")
    func latest() async throws {
        var ping = Samples.failed(3, target: "ap-north")
        ping.probe = "ping"
        try await store.keep([
            Samples.full(2, at: Samples.morning + 60), Samples.full(1), ping, Samples.failed(4, target: "ap-east"),
        ])
        let rows = try place.rows("SELECT * FROM v_latest")
        #expect(rows.map { $0["target"] } == ["ap-east", "ap-north", "ap-north"].map(\.databaseValue))
        #expect(rows.map { $0["probe"] } == ["tcp", "ping", "tcp"].map(\.databaseValue))
        let last = try #require(rows.last)
        #expect(last["started_at"] == "2026-03-02 04:06:06Z".databaseValue)
        #expect(last["download_mbit_per_s"] == 94.2.databaseValue)
        #expect(last["loss_percent"] == 5.0.databaseValue)
    }

    @Test("v_daily counts the runs of a day and takes the medians of the measured ones")
    func daily() async throws {
        let rates = [10.0, 40, 20, 30]
        var results = rates.enumerated().map { index, rate in
            var result = Samples.full(index, at: Samples.morning + Double(index))
            result.download?.bitsPerSecond = rate * 1e6
            return result
        }
        var broken = Samples.full(10)
        broken.outcome = .failed(ProbeFailure(.interrupted, "It ended early."))
        results += [broken, Samples.full(11, at: Samples.morning + 86_400)]
        try await store.keep(results)
        let rows = try place.rows("SELECT * FROM v_daily")
        #expect(rows.map { $0["day"] } == ["2026-03-02", "2026-03-03"].map(\.databaseValue))
        let first = try #require(rows.first)
        #expect(first["runs"] == 5.databaseValue && first["measured"] == 4.databaseValue)
        #expect(first["failed"] == 1.databaseValue && first["missed"] == 0.databaseValue)
        #expect(first["download_median_mbit_per_s"] == 25.0.databaseValue)
        #expect(first["latency_median_ms"] == 12.3.databaseValue)
    }

    @Test("v_failure lists the failed runs, newest first")
    func failure() async throws {
        var skipped = Samples.failed(3)
        skipped.outcome = .skipped("Outside its window.")
        try await store.keep([
            Samples.failed(1), Samples.failed(2, at: Samples.morning + 9, .authentication), Samples.full(4), skipped,
        ])
        let rows = try place.rows("SELECT * FROM v_failure")
        #expect(rows.map { $0["failure_kind"] } == ["authentication", "unreachable"].map(\.databaseValue))
    }

    @Test("Every view reads an empty store", arguments: ["v_run", "v_latest", "v_daily", "v_failure"])
    func empty(_ view: String) throws {
        #expect(try place.rows("SELECT * FROM \(view)").isEmpty)
    }
}
