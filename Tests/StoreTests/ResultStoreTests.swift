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
        #expect(try await store.record(result) == .recorded)
        #expect(try await store.run(id: result.runID) == result)
        try store.close()
        #expect(try await place.open(.readOnly).run(id: result.runID) == result)
    }

    @Test("A search for the capacity reads back with its steps, and goes with its run")
    func capacity() async throws {
        let result = Samples.capacity()
        #expect(try await store.record(result) == .recorded)
        #expect(try await store.run(id: result.runID) == result)
        try place.execute("DELETE FROM run")
        try place.execute("INSERT INTO meta SELECT 'left', count(*) FROM capacity_step")
        #expect(try await store.runs().isEmpty)
    }

    @Test(
        "Every outcome reads back with its sentence",
        arguments: [
            ProbeResult.Outcome.measured, .skipped("The budget of today is used up."), .missed("tower-7 was in use."),
        ] + ProbeFailure.Kind.allCases.map { .failed(ProbeFailure($0, "It said “no”.\nTwice.")) })
    func outcomes(_ outcome: ProbeResult.Outcome) async throws {
        var result = Samples.failed(1)
        result.outcome = outcome
        try await store.record(result)
        #expect(try await store.runs() == [result])
    }

    @Test("A slot that has a result keeps it: the second answer is alreadyRecorded and changes nothing")
    func slotTwice() async throws {
        let first = Samples.full()
        var second = Samples.failed(2, target: first.target)
        second.jobID = first.jobID
        second.slot = first.slot
        #expect(try await store.record(first) == .recorded)
        #expect(try await store.record(second) == .alreadyRecorded)
        #expect(try await store.runs(RunQuery(includesSamples: true)) == [first])
    }

    @Test("A run id that is known is not recorded again, and manual runs need no slot")
    func runTwice() async throws {
        let answers = try await store.record([Samples.failed(1), Samples.failed(2), Samples.failed(1)])
        #expect(answers == [.recorded, .recorded, .alreadyRecorded])
        #expect(try await store.runs().count == 2)
    }

    @Test("A batch that cannot be kept leaves nothing of itself behind")
    func batchIsOneTransaction() async throws {
        try place.execute("CREATE TRIGGER full BEFORE INSERT ON transfer BEGIN SELECT raise(ABORT, 'full'); END")
        await #expect(throws: StoreError.file(.failed(detail: "full"), path: place.path)) {
            try await store.record([Samples.failed(1), Samples.full(2)])
        }
        #expect(try await store.runs().isEmpty)
    }

    @Test("A result is kept also when the task that hands it over is cancelled")
    func cancelledTask() async throws {
        let store = store
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await store.record(Samples.full())
        }
        #expect(try await task.value == .recorded)
        #expect(try await store.runs().count == 1)
    }

    @Test(
        "Runs come newest first, inside the period and without its end, by target and probe, at most as many as asked")
    func queries() async throws {
        let start = Samples.morning
        let all = (0..<6).map { number in
            Samples.full(number, target: number.isMultiple(of: 2) ? "even" : "odd", at: start + Double(number) * 60)
        }
        try await store.record(all)
        func numbers(_ query: RunQuery, limit: Int = 100) async throws -> [Int64?] {
            try await store.runs(query, limit: limit).map(\.slot)
        }
        #expect(try await numbers(RunQuery()) == [5, 4, 3, 2, 1, 0])
        #expect(try await numbers(RunQuery(period: start + 60..<start + 240)) == [3, 2, 1])
        #expect(try await numbers(RunQuery(targets: ["even", "nobody"])) == [4, 2, 0])
        #expect(try await numbers(RunQuery(targets: [])) == [])
        #expect(try await numbers(RunQuery(probe: "udp")) == [])
        #expect(try await numbers(RunQuery(), limit: 2) == [5, 4])
        #expect(try await numbers(RunQuery(), limit: -1) == [5])
    }

    @Test("A fold meets every run of the period once, oldest first")
    func fold() async throws {
        let all = (0..<2500).map { Samples.failed($0, at: Samples.morning + Double($0)) }
        try await store.record(all.shuffled())
        let period = Samples.morning..<Samples.morning + 2000
        let seen = try await store.fold(RunQuery(period: period), into: [UUID]()) { $0.append($1.runID) }
        #expect(seen == all.prefix(2000).map(\.runID))
    }

    @Test("The latest slot of each job is known after a restart; manual runs do not count")
    func latestSlots() async throws {
        var results = [Samples.failed(90)]
        for (job, slots) in [("a/tcp/0", [7, 3, 5]), ("b/tcp/0", [-2]), ("b/tcp/1", [2_000_000, 1])] {
            for slot in slots {
                var result = Samples.failed(100 + results.count)
                result.jobID = job
                result.slot = Int64(slot)
                results.append(result)
            }
        }
        #expect(try await store.latestSlots().isEmpty)
        try await store.record(results)
        try store.close()
        #expect(try await place.open().latestSlots() == ["a/tcp/0": 7, "b/tcp/0": -2, "b/tcp/1": 2_000_000])
    }

    @Test("Events come newest first, also of kinds that this version does not know")
    func events() async throws {
        let known = StoreEvent(date: Samples.morning, kind: .fleetLoaded, message: "12 targets, 31 jobs.")
        let strange = StoreEvent(date: Samples.morning + 1, kind: .init(rawValue: "eclipse"), message: "Dark.")
        try await store.record(event: known)
        try await store.record(event: strange)
        #expect(try await store.events() == [strange, known])
        #expect(try await store.events(limit: 1) == [strange])
        #expect(try await store.events(in: Samples.morning..<Samples.morning + 1) == [known])
    }

    @Test("A rate that is no number is not stored as one; the run says so")
    func invalidRate() async throws {
        var result = Samples.full()
        result.download?.bitsPerSecond = .nan
        try await store.record(result)
        let kept = try #require(try await store.run(id: result.runID))
        #expect(kept.download == nil)
        #expect(kept.upload == result.upload)
        #expect(kept.flags == result.flags + ["invalid-rate"])
    }

    @Test("A long transfer keeps at most 500 samples a connection")
    func samplesAreThinned() async throws {
        var result = Samples.full()
        result.download?.samples = (1...5000).map { .init(connection: 0, nanoseconds: $0 * 1_000_000, bytes: $0 * 9) }
        try await store.record(result)
        let kept = try #require(try await store.run(id: result.runID)?.download?.samples)
        #expect((400...500).contains(kept.count))
        #expect(kept.last == result.download?.samples.last)
        #expect(try await store.runs().first?.download?.samples == [])
    }
}
