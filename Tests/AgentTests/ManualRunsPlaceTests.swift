import FleetFile
import FleetModel
import Foundation
import Logging
import Probes
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Watches nothing.
private struct Silence: ManualRunsAudience {
    func watch<Value: Sendable>(
        _ wanted: ManualRuns.Wanted, _ monitor: ProbeMonitor, while work: @escaping @Sendable () async -> Value
    ) async -> Value { await work() }

    func missed(_ missing: ManualRuns.Missing) {}
}

@Suite("Tests by hand and who else tests", .timeLimit(.minutes(1)))
struct ManualRunsPlaceTests {
    private let store = MemoryStore()
    private let wanted = [ManualRuns.Wanted(target: "gone", probe: "tcp")]

    /// - Parameter claims: what the tries to get the right come to, in their order; the last of them stands.
    private func runs(_ claims: [Bool], patience: Duration = .zero) -> (runs: ManualRuns, tries: @Sendable () -> Int) {
        let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
        // Port 1 of this machine: nobody listens there.
        let target = Target(
            name: "gone", system: .router(Router(address: "127.0.0.1", port: 1)),
            assignments: [ProbeAssignment(probe: tcp, schedule: [])])
        let fleet = Fleet(
            path: "/f/fleet.yaml", storePath: "/f/s.db", reportsPath: "/f/r", timeZone: .gmt, seed: "s",
            concurrentTests: 1, probes: ["tcp": tcp], targets: [target])
        let tries = Tries()
        let place = AgentPlace(storePath: "/nowhere/s.db") {
            let number = tries.next()
            return claims[min(number, claims.count - 1)] ? .init(tries) : nil
        }
        let runs = ManualRuns(
            loaded: LoadedFleet(fleet: fleet, credentials: [:], warnings: []), store: store, place: place,
            client: .init(), patience: patience, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            audience: Silence())
        return (runs, { tries.count })
    }

    private final class Tries: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }
        func next() -> Int {
            number.withLock { number in
                defer { number += 1 }
                return number
            }
        }
    }

    @Test func `who has the right to test does so here, and the result is kept`() async throws {
        let outcome = try await runs([true]).runs.run(wanted)
        #expect(outcome.results.map(\.target) == ["gone"] && outcome.unstored.isEmpty && outcome.missing.isEmpty)
        #expect(store.results == outcome.results)
        #expect(store.results.first?.trigger == .manual && store.results.first?.outcome.name == "failed")
        #expect(try await store.targets().map(\.isInFleet) == [true])
    }

    @Test func `where another has it and no agent answers, the patience ends`() async throws {
        await #expect(throws: ManualRunsError.busy(storePath: "/nowhere/s.db", patience: .zero)) {
            try await runs([false]).runs.run(wanted)
        }
        #expect(store.results.isEmpty)
    }

    @Test func `whoever goes meanwhile makes room`() async throws {
        let (runs, tries) = runs([false, false, true], patience: .seconds(30))
        #expect(try await runs.run(wanted).results.count == 1)
        #expect(tries() == 3)
    }
}
