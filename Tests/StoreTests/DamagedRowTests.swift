import FleetModel
import Foundation
import Testing

@testable import Store

@Suite("Rows that others changed")
struct DamagedRowTests {
    let place: TemporaryStore
    let store: ResultStore

    init() async throws {
        place = try TemporaryStore()
        store = try place.open()
        try await store.keep(Samples.full())
    }

    private var run: String { Samples.full().runID.uuidString.lowercased() }

    /// Turns the table's types off, as an import by another tool may.
    private func loosen(_ table: String) throws {
        try place.execute(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema
            SET sql = replace(replace(sql, ') STRICT, WITHOUT ROWID', ') WITHOUT ROWID'), ') STRICT', ')')
            WHERE name = '\(table)';
            """)
    }

    @Test(
        "An unknown word names the run and the column",
        arguments: [
            ("outcome", "half"), ("kind", "telnet"), ("trigger", "moon"), ("authentication", "psychic"),
        ])
    func unknownWord(_ column: String, _ word: String) async throws {
        try place.execute("UPDATE run SET \"\(column)\" = '\(word)'")
        let named = column == "trigger" ? "run.\"trigger\"" : "run.\(column)"
        await #expect(
            throws: StoreError.file(
                .unreadable(table: "run", row: run, column: named, found: "'\(word)'"), path: place.path)
        ) {
            try await store.runs()
        }
    }

    @Test("An unknown kind of failure is an error and not a trap")
    func unknownFailureKind() async throws {
        try place.execute("UPDATE run SET outcome = 'failed', failure_kind = 'gremlins', failure = 'They came.'")
        await #expect(
            throws: StoreError.file(
                .unreadable(table: "run", row: run, column: "run.failure_kind", found: "'gremlins'"), path: place.path)
        ) { try await store.runs() }
    }

    @Test("A run id that is none")
    func badRunID() async throws {
        try place.execute("UPDATE run SET run_id = 'seven'")
        await #expect(
            throws: StoreError.file(
                .unreadable(table: "run", row: "seven", column: "run.run_id", found: "'seven'"), path: place.path)
        ) { try await store.runs() }
    }

    @Test(
        "A value of another type names the column",
        arguments: [
            ("run", "started_at = 1.5"), ("run", "finished_at = 'later'"), ("run", "flags = x'00ff'"),
            ("run", "local_cpu_ratio = 'hot'"), ("transfer", "bytes = 0.25"), ("transfer", "bits_per_second = 'fast'"),
            ("transfer", "bits_per_second = 9e999"), ("transfer", "connections = 2.5"), ("latency", "median_ns = 'x'"),
            ("latency", "count = 'x'"), ("sample", "t_ns = 0.5"),
        ])
    func otherType(_ table: String, _ change: String) async throws {
        try loosen(table)
        try place.execute("UPDATE \(table) SET \(change)")
        let error = await #expect(throws: StoreError.self) {
            try await place.open().run(id: Samples.full().runID)
        }
        guard case .file(.unreadable, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("Numbers at the ends of 64 bits are carried, not computed to death")
    func extremes() async throws {
        try place.execute(
            """
            UPDATE run SET started_at = \(Int64.min), finished_at = \(Int64.max), scheduled_at = \(Int64.max),
                slot = \(Int64.min);
            UPDATE transfer SET duration_ns = \(Int64.min), connections = \(Int64.max), bytes = \(Int64.min);
            UPDATE latency SET median_ns = \(Int64.min), count = \(Int64.max) WHERE phase = 'idle';
            UPDATE sample SET t_ns = \(Int64.min) + connection * 4 + bytes / 3000000, connection = \(Int64.max);
            """)
        let result = try #require(try await store.run(id: Samples.full().runID))
        #expect(result.duration == .zero)
        #expect(result.download?.bytes == .min)
        #expect(try await store.latestSlots(now: Date()) == ["ap-north/tcp/0": .min])
    }

    @Test("Tags that are no JSON object name the target")
    func badTags() async throws {
        try place.execute("UPDATE target SET tags = '[1'")
        await #expect(
            throws: StoreError.file(
                .unreadable(table: "target", row: "ap-north", column: "tags", found: "'[1'"), path: place.path)
        ) { try await store.targets() }
    }
}
