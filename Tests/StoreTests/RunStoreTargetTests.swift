import FleetModel
import Foundation
import Testing

/// What every kind of store knows of targets.
@Suite("Every store knows its targets")
struct RunStoreTargetTests {
    private let place: TemporaryStore
    private let morning = Samples.morning

    init() throws {
        place = try TemporaryStore()
    }

    @Test("A loaded fleet leaves kind, address, group, tags and plan on its targets", arguments: StoreKind.allCases)
    func loaded(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.update(targets: [TargetRowTests.server, TargetRowTests.router], at: morning)
        let known = [StoredTarget(TargetRowTests.router), StoredTarget(TargetRowTests.server)]
        #expect(try await store.targets() == known)
    }

    @Test("A target that left the fleet keeps its runs and what was known of it", arguments: StoreKind.allCases)
    func left(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.keep(Samples.full())
        #expect(try await store.targets().map(\.isInFleet) == [false])
        try await store.update(targets: [TargetRowTests.router, TargetRowTests.server], at: morning)
        try await store.update(targets: [TargetRowTests.server], at: morning + 60)
        let kept = try #require(try await store.targets().first)
        #expect(kept.name == "ap-north" && kept.group == "towers" && kept.kind == .router && !kept.isInFleet)
        #expect(try await store.runs(RunQuery(targets: ["ap-north"])).count == 1)
    }

    @Test("A target was first seen when a fleet first named it or a run did", arguments: StoreKind.allCases)
    func firstSeen(_ kind: StoreKind) async throws {
        let store = try kind.make(in: place).store
        try await store.keep(Samples.failed(1, target: "198.51.100.7", at: morning + 5))
        try await store.update(targets: [TargetRowTests.router], at: morning)
        try await store.update(targets: [TargetRowTests.router, TargetRowTests.server], at: morning + 60)
        #expect(
            try await store.firstSeen(now: morning + 60) == [
                "198.51.100.7": morning + 5, "ap-north": morning, "own": morning + 60,
            ])
    }

    @Test(
        "When a target was first seen follows its first run where the clock was wrong", arguments: StoreKind.allCases,
        [-10_950, 3285] as [Double])
    func firstSeenByAWrongClock(_ kind: StoreKind, _ days: Double) async throws {
        let store = try kind.make(in: place).store
        let target = TargetRowTests.router
        func seen() async throws -> Date? { try await store.firstSeen(now: morning)[target.name] }
        try await store.update(targets: [target], at: morning + days * 86_400)
        #expect(try await seen() ?? .distantFuture <= morning + 60)
        try await store.keep([-3600, -1800, 86_400].enumerated().map { Samples.slot($0, at: morning + $1) })
        #expect(try await seen() == morning - 3600)
        // A target that the file names under the right clock was not first seen later.
        try await store.update(targets: [target], at: morning)
        #expect(try await seen() == morning - 3600)
    }
}
