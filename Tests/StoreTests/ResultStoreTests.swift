import FleetModel
import Foundation
import Testing

@testable import Store

@Suite("Result store")
struct ResultStoreTests {
    let place: TemporaryStore
    let store: ResultStore

    init() throws {
        place = try TemporaryStore()
        store = try place.open()
    }

    @Test("A result with every field reads back equal, also after the store is opened anew")
    func roundTrip() async throws {
        let result = Samples.full()
        #expect(try await store.keep(result) == .recorded)
        #expect(try await store.run(id: result.runID) == result)
        try store.close()
        #expect(try await place.open(.readOnly).run(id: result.runID) == result)
    }

    @Test("A search for the capacity reads back with its steps, and goes with its run")
    func capacity() async throws {
        let result = Samples.capacity()
        #expect(try await store.keep(result) == .recorded)
        #expect(try await store.run(id: result.runID) == result)
        try place.execute("DELETE FROM run")
        try place.execute("INSERT INTO meta SELECT 'left', count(*) FROM capacity_step")
        #expect(try await store.runs().isEmpty)
    }

    @Test("A batch that cannot be kept leaves nothing of itself behind")
    func batchIsOneTransaction() async throws {
        try place.execute("CREATE TRIGGER full BEFORE INSERT ON transfer BEGIN SELECT raise(ABORT, 'full'); END")
        await #expect(throws: StoreError.file(.failed(detail: "full"), path: place.path)) {
            try await store.keep([Samples.failed(1), Samples.full(2)])
        }
        #expect(try await store.runs().isEmpty)
    }

    @Test("A result is kept also when the task that hands it over is cancelled")
    func cancelledTask() async throws {
        let store = store
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.keep(Samples.full())
        }
        #expect(try await task.value == .recorded)
        #expect(try await store.runs().count == 1)
    }

    @Test("The latest slot of each job is known after a restart; manual runs do not count")
    func latestSlots() async throws {
        #expect(try await store.latestSlots(now: Date()).isEmpty)
        try await store.keep(Samples.ofSlots())
        try store.close()
        #expect(try await place.open().latestSlots(now: Date()) == ["a/tcp/0": 7, "b/tcp/0": -2, "b/tcp/1": 2_000_000])
    }
}
