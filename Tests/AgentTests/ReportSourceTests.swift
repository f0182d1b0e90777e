import FleetModel
import Foundation
import Reports
import TestSupport
import Testing

@testable import Agent

@Suite("What a report is made of")
struct ReportSourceTests {
    private let store = MemoryStore()
    private let day = Runs.monday..<Runs.monday + 86_400

    private static func fleet(_ names: [String], group: String? = nil) -> Fleet {
        let ping = ProbeSpec(name: "ping", recipe: .latency(.init()))
        return Fleet(
            path: "/f/fleet.yaml", storePath: "/f/s.db", reportsPath: "/f/r", timeZone: .gmt, seed: "s",
            concurrentTests: 1, probes: ["ping": ping],
            targets: names.map { name in
                Target(
                    name: name, system: .router(Router(address: "192.0.2.1")), group: group,
                    assignments: [ProbeAssignment(probe: ping, schedule: [.init(timing: .every(.seconds(3600)))])])
            })
    }

    @Test func `the runs of the period and of the one before it, the oldest first`() async throws {
        try await store.keep([Runs.measured(5), Runs.measured(-3), Runs.measured(2), Runs.measured(30)])
        let input = try await ReportSource(fleet: nil, store: store).input(day, .all, generatedAt: day.upperBound)
        #expect(input.results.map(\.slot) == [2, 5])
        #expect(input.previousResults.map(\.slot) == [-3])
        #expect(input.slotsDue.isEmpty)
    }

    @Test func `slots are due from when a target was first seen, and not before`() async throws {
        let fleet = Self.fleet(["a", "b"])
        try await store.update(targets: [fleet.targets[0]], at: day.lowerBound - 86_400)
        try await store.update(targets: fleet.targets, at: day.lowerBound + 12 * 3600)
        let input = try await ReportSource(fleet: fleet, store: store).input(day, .all, generatedAt: day.upperBound)
        #expect([23, 24].contains(input.slotsDue["a"]))
        #expect([11, 12].contains(input.slotsDue["b"]))
    }

    @Test func `a selection takes the fleet's targets of a group, and names of targets that left it`() async throws {
        try await store.keep([Runs.measured(1), Runs.measured(2, target: "b"), Runs.measured(3, target: "gone")])
        let source = ReportSource(fleet: Self.fleet(["b"], group: "south"), store: store)
        func found(_ selection: TargetSelection) async throws -> [String] {
            try await source.input(day, selection, generatedAt: day.upperBound).results.map(\.target)
        }
        #expect(try await found(.init(names: [], groups: ["south"], tags: [])) == ["b"])
        #expect(try await found(.init(names: ["gone"], groups: [], tags: [])) == ["gone"])
    }

    @Test func `a store that fails is no empty report`() async throws {
        store.fail(with: .init())
        await #expect(throws: MemoryStore.Fault.self) {
            try await ReportSource(fleet: nil, store: store).input(day, .all, generatedAt: day.upperBound)
        }
    }
}
