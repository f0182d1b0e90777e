import FleetFile
import FleetModel
import Foundation
import Logging
import Probes
import Scheduler
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Writes down what it is told.
private final class Notebook: RunObserver {
    private let lines = Mutex<[RunEvent]>([])
    private let observing: @Sendable (RunEvent, RunsNow) async -> Void

    init(_ observing: @escaping @Sendable (RunEvent, RunsNow) async -> Void = { _, _ in }) {
        self.observing = observing
    }

    var events: [RunEvent] { lines.withLock { $0 } }

    func observe(_ event: RunEvent, _ now: RunsNow) async {
        lines.withLock { $0.append(event) }
        await observing(event, now)
    }
}

@Suite("Observers of runs", .timeLimit(.minutes(1)))
struct RunObserversTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Three targets behind which nobody is, on port 1 of this machine.
    private static let fleet = {
        let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
        return Fleet(
            path: "/f/fleet.yaml", storePath: "/f/s.db", reportsPath: "/f/r", timeZone: .gmt, seed: "s",
            concurrentTests: 1, probes: ["tcp": tcp],
            targets: ["a", "b", "c"].map { name in
                Target(
                    name: name, system: .router(Router(address: "127.0.0.1", port: 1)),
                    assignments: [ProbeAssignment(probe: tcp, schedule: [])])
            })
    }()

    private func runtime(_ store: MemoryStore, _ observers: [any RunObserver]) async throws -> AgentRuntime {
        try await AgentRuntime(
            fleet: Self.fleet, credentials: [:], store: store, client: .init(), logger: logger, observers: observers)
    }

    private static func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    /// A control that nobody obeys: of observers without a schedule.
    private func idleControl() async throws -> ScheduleControl {
        let runtime = try await runtime(MemoryStore(), [])
        runtime.control.stop()
        _ = try await runtime.run()
        return runtime.control
    }

    @Test func `a run is told from its wait to the store, and the snapshot shows it between`() async throws {
        let store = MemoryStore()
        let seen = Mutex<[String: ScheduleSnapshot]>([:])
        let notebook = Notebook { event, now in
            guard case .started(let request, _) = event else { return }
            let snapshot = await now.snapshot()
            seen.withLock { $0[request.target.name] = snapshot }
        }
        let runtime = try await runtime(store, [notebook])
        for name in ["a", "b"] { runtime.control.runNow(target: name, probe: "tcp") { _ in } }
        let running = Task { try await runtime.run() }
        await Self.until { store.results.count == 2 }
        runtime.control.stop()
        #expect(try await running.value == 0)
        func told(_ name: String) -> [String] {
            notebook.events.compactMap { event in
                switch event {
                case .waits(let request, _): request.target.name == name ? "waits" : nil
                case .started(let request, _): request.target.name == name ? "started" : nil
                case .ended(let request, let result): request.target.name == name ? "ended \(result.outcome.name)" : nil
                case .kept(let result): result.target == name ? "kept \(result.outcome.name)" : nil
                default: "something else"
                }
            }
        }
        #expect(told("a") == ["started", "ended failed", "kept failed"])
        #expect(told("b") == ["waits", "started", "ended failed", "kept failed"])
        #expect(seen.withLock { $0.keys.sorted() } == ["a", "b"])
    }

    @Test func `slots that were missed are told, and again when the store has them`() async throws {
        let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
        let target = Target(
            name: "a", system: .router(Router(address: "127.0.0.1", port: 1)),
            assignments: [ProbeAssignment(probe: tcp, schedule: [.init(timing: .every(.seconds(3600)))])])
        let fleet = Fleet(
            path: "/f/fleet.yaml", storePath: "/f/s.db", reportsPath: "/f/r", timeZone: .gmt, seed: "s",
            concurrentTests: 1, probes: ["tcp": tcp], targets: [target])
        let store = MemoryStore()
        let job = try #require(fleet.jobs.first)
        // The agent was away for hours: the newest slot that the store has is of then.
        var old = Runs.measured(0, target: "a")
        old.jobID = job.id
        let slot = Int64(Date().timeIntervalSince1970) / 3600 * 3600 - 5 * 3600
        old.slot = slot
        old.scheduledAt = Date(timeIntervalSince1970: Double(slot))
        old.startedAt = Date(timeIntervalSince1970: Double(slot))
        try await store.keep(old)
        let notebook = Notebook()
        let runtime = try await AgentRuntime(
            fleet: fleet, credentials: [:], store: store, client: .init(), logger: logger, observers: [notebook])
        let running = Task { try await runtime.run() }
        await Self.until { store.results.count { $0.outcome.name == "missed" } >= 3 }
        runtime.control.stop()
        _ = try await running.value
        let missed = notebook.events.compactMap { if case .missed(let result) = $0 { result } else { nil } }
        let kept = notebook.events.compactMap { if case .kept(let result) = $0 { result } else { nil } }
        #expect(missed.count >= 3)
        #expect(kept.filter { $0.outcome.name == "missed" } == missed)
    }

    @Test func `an observer that hangs holds up no run, no other observer, and the end for a second at most`()
        async throws
    {
        let store = MemoryStore()
        let hanging = Notebook { _, _ in try? await Task.sleep(for: .seconds(3600)) }
        let other = Notebook()
        let runtime = try await runtime(store, [hanging, other])
        let running = Task { try await runtime.run() }
        for name in ["a", "b", "c"] { runtime.control.runNow(target: name, probe: "tcp") { _ in } }
        await Self.until {
            store.results.count == 3 && other.events.count { if case .kept = $0 { true } else { false } } == 3
        }
        runtime.control.stop()
        let began = ContinuousClock.now
        #expect(try await running.value == 0)
        #expect(ContinuousClock.now - began < .seconds(20))
        #expect(hanging.events.count == 1)
    }

    @Test func `what comes while an observer is slow is bounded, and where something was left out it is told`()
        async throws
    {
        let gate = Mutex(false)
        let slow = Notebook { _, _ in
            while !gate.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(1)) }
        }
        let observers = RunObservers([slow], maxQueued: 10)
        let control = try await idleControl()
        let running = Task { await observers.run(control) }
        let events = (0..<30).map { RunEvent.kept(Runs.measured($0)) }
        observers.tell(events[0])
        await Self.until { slow.events.count == 1 }
        observers.tell(Array(events[1..<26]))
        // Nothing goes past what was left out.
        observers.tell(events[26])
        gate.withLock { $0 = true }
        await Self.until { slow.events.count == 12 }
        observers.tell(events[27])
        await observers.finish(within: .seconds(20))
        await running.value
        #expect(slow.events == Array(events[0..<11]) + [.left(16), events[27]])
        // The end was said: nothing more is taken.
        observers.tell(events[28])
        #expect(slow.events.count == 13)
    }

    @Test func `who asks after the end sees that nothing runs`() async throws {
        #expect(await RunsNow(try await idleControl()).snapshot() == ScheduleSnapshot())
    }
}
