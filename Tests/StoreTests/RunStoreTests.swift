import FleetModel
import Foundation
import Testing

/// What the ports ``RunStore`` and ``RunReading`` promise, of every kind of store.
@Suite("Every store keeps and reads")
struct RunStoreTests {
    private let place: TemporaryStore

    init() throws {
        place = try TemporaryStore()
    }

    @Test("A result with every field reads back equal", arguments: StoreKind.allCases)
    func roundTrip(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        #expect(
            try await store.keep([Samples.full(), Samples.capacity(2)], configurationHash: "a") == [
                .recorded, .recorded,
            ])
        #expect(try await store.run(id: Samples.id(1)) == Samples.full())
        #expect(try await store.run(id: Samples.id(2)) == Samples.capacity(2))
        #expect(try await store.run(id: Samples.id(3)) == nil)
    }

    @Test("Every outcome reads back with its sentence", arguments: StoreKind.allCases)
    func outcomes(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let outcomes: [ProbeResult.Outcome] =
            [.measured, .skipped("The budget of today is used up."), .missed("tower-7 was in use.")]
            + ProbeFailure.Kind.allCases.map { .failed(ProbeFailure($0, "It said “no”.\nTwice.")) }
        let results = outcomes.enumerated().map { number, outcome in
            var result = Samples.failed(number)
            result.outcome = outcome
            return result
        }
        try await store.keep(results)
        #expect(try await store.runs() == results.reversed())
    }

    @Test("A result is kept as every store keeps it", arguments: StoreKind.allCases)
    func asKept(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        var result = Samples.full()
        result.jobID = nil
        result.flags = ["two words"]
        result.upload?.bitsPerSecond = .nan
        result.download?.samples = (1...5000).map { .init(connection: 0, nanoseconds: $0 * 1_000_000, bytes: $0 * 9) }
        try await store.keep(result)
        let kept = try #require(try await store.run(id: result.runID))
        #expect(kept == result.asKept)
        #expect(kept.flags == ["two-words", "invalid-rate"] && kept.upload == nil && kept.slot == nil)
        #expect((400...500).contains(kept.download?.samples.count ?? 0))
    }

    @Test("A run id that is known is not kept again, in one batch or a later one", arguments: StoreKind.allCases)
    func runTwice(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let answers = try await store.keep([Samples.failed(1), Samples.failed(2), Samples.failed(1)])
        #expect(answers == [.recorded, .recorded, .alreadyRecorded])
        #expect(try await store.keep(Samples.failed(2, target: "other")) == .alreadyRecorded)
        #expect(try await store.count() == 2)
        #expect(try await store.keep([]) == [])
    }

    @Test("A slot that has a result keeps it", arguments: StoreKind.allCases)
    func slotTwice(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let first = Samples.full()
        var second = Samples.failed(2, target: first.target)
        second.jobID = first.jobID
        second.slot = first.slot
        #expect(try await store.keep(first) == .recorded)
        #expect(try await store.keep(second) == .alreadyRecorded)
        #expect(try await store.runs(RunQuery(includesSamples: true)) == [first])
    }

    @Test(
        "A refused row leaves nothing of its batch behind and does not blame the store", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        let stand = try kind.make(in: place)
        try stand.refuse("bad")
        let error = await #expect(throws: (any Error).self) {
            try await stand.store.keep([Samples.failed(1), Samples.full(2, target: "bad")])
        }
        #expect((error as? any RunStoreError)?.isOfTheStore == false)
        #expect(try await stand.store.count() == 0)
        #expect(try await stand.store.targets().isEmpty)
        #expect(try await stand.store.keep(Samples.failed(1)) == .recorded)
    }

    @Test(
        "Runs are found by period, target and probe, the newest first, as many as asked", arguments: StoreKind.allCases)
    func queries(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let start = Samples.morning
        var all = (0..<6).map { number in
            Samples.full(number, target: number.isMultiple(of: 2) ? "even" : "odd", at: start + Double(number) * 60)
        }
        all[5].probe = "udp"
        try await store.keep(all.shuffled())
        func numbers(_ query: RunQuery, limit: Int = 100) async throws -> [Int64?] {
            try await store.runs(query, limit: limit).map(\.slot)
        }
        #expect(try await numbers(RunQuery()) == [5, 4, 3, 2, 1, 0])
        #expect(try await numbers(RunQuery(period: start + 60..<start + 240)) == [3, 2, 1])
        #expect(try await numbers(RunQuery(targets: ["even", "nobody"])) == [4, 2, 0])
        #expect(try await numbers(RunQuery(targets: [])) == [])
        #expect(try await numbers(RunQuery(probe: "udp")) == [5])
        #expect(try await numbers(RunQuery(period: start..<start + 120, targets: ["odd"], probe: "tcp")) == [1])
        #expect(try await numbers(RunQuery(), limit: 2) == [5, 4])
        #expect(try await numbers(RunQuery(), limit: -1) == [5])
        #expect(try await numbers(RunQuery(), limit: .max).count == 6)
        #expect(try await store.count(RunQuery(targets: ["odd"])) == 3)
        #expect(try await store.runs().allSatisfy { $0.download?.samples == [] })
        #expect(try await store.runs(RunQuery(includesSamples: true)).last == all[0])
    }

    @Test(
        "Runs of one instant come in the order in which they were kept, or its reverse", arguments: StoreKind.allCases)
    func sameInstant(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let all = (0..<50).map { Samples.failed($0) }
        try await store.keep(all)
        #expect(try await store.fold(RunQuery(), into: []) { $0.append($1) } == all)
        #expect(try await store.runs() == all.reversed())
    }

    @Test(
        "A fold meets every run of the period once, the oldest first; its error ends it", arguments: StoreKind.allCases)
    func fold(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let all = (0..<2500).map { Samples.failed($0, at: Samples.morning + Double($0)) }
        try await store.keep(all.shuffled())
        let period = Samples.morning..<Samples.morning + 2000
        let seen = try await store.fold(RunQuery(period: period), into: [UUID]()) { $0.append($1.runID) }
        #expect(seen == all.prefix(2000).map(\.runID))
        await #expect(throws: (any Error).self) {
            try await store.fold(RunQuery(), into: 0) { count, _ in
                count += 1
                if count == 3 { throw CancellationError() }
            }
        }
    }

    @Test("The latest slot of each job is known; runs by hand do not count", arguments: StoreKind.allCases)
    func latestSlots(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        #expect(try await store.latestSlots(now: Date()).isEmpty)
        try await store.keep(Samples.ofSlots())
        #expect(
            try await store.latestSlots(now: Samples.morning) == ["a/tcp/0": 7, "b/tcp/0": -2, "b/tcp/1": 2_000_000])
        // Runs from ahead of the clock are not believed.
        #expect(try await store.latestSlots(now: Samples.morning - 61).isEmpty)
    }

    @Test("Events come the newest first, also of kinds that this version does not know", arguments: StoreKind.allCases)
    func events(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        let known = StoreEvent(date: Samples.morning, kind: .fleetLoaded, message: "12 targets, 31 jobs.")
        let strange = StoreEvent(date: Samples.morning + 1, kind: .init(rawValue: "eclipse"), message: "Dark.")
        let same = StoreEvent(date: Samples.morning + 1, kind: .agentStarted, message: "At the same instant.")
        for event in [strange, known, same] { try await store.keep(event) }
        #expect(try await store.events() == [same, strange, known])
        #expect(try await store.events(limit: 1) == [same])
        #expect(try await store.events(in: Samples.morning..<Samples.morning + 1) == [known])
    }

    @Test("The id of a store is there and stays; what is asked of a closed store fails", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        #expect(store.storeID.count == 32)
        #expect(try await store.look() == nil)
        try store.close()
        await #expect(throws: (any Error).self) { try await store.keep(Samples.failed(1)) }
        await #expect(throws: (any Error).self) { try await store.count() }
    }
}
