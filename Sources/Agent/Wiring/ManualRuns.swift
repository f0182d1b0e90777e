import FleetModel
import Foundation
import Logging
import Probes
import Scheduler
import Store

/// Tests that somebody asked for: through the agent that runs on the store, or in this process while none does.
struct ManualRuns: Sendable {
    /// One probe of one target.
    struct Wanted: Sendable, Equatable {
        let target: String
        let probe: String
    }

    let fleet: Fleet
    let store: ResultStore
    let patience: Duration
    let logger: Logger
    let isQuiet: Bool

    /// Finds a target by its name or address, and its probes.
    ///
    /// - Throws: exit code 64 with a line that says what there is.
    static func resolve(_ text: String, probe: String?, in fleet: Fleet) throws -> [Wanted] {
        let found = fleet.target(named: text) ?? fleet.targets.first { $0.hasAddress(text) }
        guard let target = found else {
            throw UsageFailure(
                "there is no target \(text.debugDescription) in \(fleet.path); `probe btest` and `probe rmbt` test others"
            ).reported()
        }
        if let probe {
            guard let spec = fleet.probes[probe] else {
                throw UsageFailure(
                    "there is no probe \(probe.debugDescription); there are \(fleet.probes.keys.sorted().joined(separator: ", "))"
                ).reported()
            }
            guard target.fits(spec) else {
                throw UsageFailure("the probe \(probe) (\(spec.kind.rawValue)) does not fit \(target.name)").reported()
            }
            return [Wanted(target: target.name, probe: probe)]
        }
        guard !target.assignments.isEmpty else {
            throw UsageFailure("\(target.name) has no probes of its own: name one with --probe").reported()
        }
        return target.assignments.map { Wanted(target: target.name, probe: $0.probe.name) }
    }

    func run(_ wanted: [Wanted]) async throws -> [ProbeResult] {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let lock = try AgentLock(storePath: store.path)
                defer { withExtendedLifetime(lock) {} }
                return try await runHere(wanted)
            } catch StoreError.agentRunning {
                if let results = try await runThroughAgent(wanted) { return results }
                // Another `probe now` holds the store, or an agent that is about to open its socket.
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(
                        .busy,
                        "another test runs on \(store.path) and did not end within \(DurationText.format(patience))")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// All in this process: with the agent's rules, but without its schedule.
    private func runHere(_ wanted: [Wanted]) async throws -> [ProbeResult] {
        try await store.update(targets: fleet.targets, at: Date())
        let monitor = ProbeMonitor()
        let runtime = try await AgentRuntime(
            fleet: fleet.withoutSchedules, store: store, logger: logger, monitor: monitor)
        return try await withThrowingTaskGroup(of: [ProbeResult]?.self) { group in
            group.addTask {
                try await runtime.run()
                return nil
            }
            group.addTask {
                defer { runtime.control.stop() }
                return try await Interruption.cancelling { await Result { try await runAll(wanted, runtime, monitor) } }
                    .get()
            }
            var results: [ProbeResult] = []
            for try await part in group { results += part ?? [] }
            return results
        }
    }

    private func runAll(
        _ wanted: [Wanted], _ runtime: AgentRuntime, _ monitor: ProbeMonitor
    ) async throws -> [ProbeResult] {
        var results: [ProbeResult] = []
        for one in wanted {
            let line = ProgressLine(label: "\(one.target) \(one.probe)", monitor: monitor)
            let outcome = isQuiet ? await run(one, runtime) : await line.shown { await run(one, runtime) }
            switch outcome {
            case .done(let result): results.append(result)
            case .busy(let sentence): throw CommandFailure(.busy, sentence)
            case .impossible: throw CommandFailure(.testFailed, "the test was stopped")
            }
        }
        return results
    }

    private func run(_ wanted: Wanted, _ runtime: AgentRuntime) async -> ScheduleControl.ManualOutcome {
        await withCheckedContinuation { continuation in
            runtime.control.runNow(target: wanted.target, probe: wanted.probe, patience: patience) {
                continuation.resume(returning: $0)
            }
        }
    }

    /// nil when no agent answers.
    private func runThroughAgent(_ wanted: [Wanted]) async throws -> [ProbeResult]? {
        var results: [ProbeResult] = []
        for one in wanted {
            let request = ControlSocket.Request(target: one.target, probe: one.probe, patience: patience.inSeconds)
            guard let answer = try? await ControlSocket.ask(request, storePath: store.path) else { return nil }
            if let id = answer.runID, let result = try await store.run(id: id) {
                results.append(result)
            } else {
                throw CommandFailure(
                    answer.busy == nil ? .testFailed : .busy,
                    answer.busy ?? answer.impossible ?? "the agent gave no result")
            }
        }
        return results
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension Target {
    fileprivate func hasAddress(_ text: String) -> Bool {
        switch system {
        case .router(let router): router.address == text || addressText == text
        case .server(let server):
            if case .direct(let direct) = server.access { direct.address == text || addressText == text } else { false }
        }
    }

    fileprivate func fits(_ probe: ProbeSpec) -> Bool {
        switch (probe.kind, system) {
        case (.btest, .router), (.rmbt, .server), (.latency, .router): true
        case (.latency, .server(let server)): if case .direct = server.access { true } else { false }
        default: false
        }
    }
}

extension Fleet {
    /// The same fleet for tests by hand: nothing is due.
    fileprivate var withoutSchedules: Fleet {
        Fleet(
            path: path, storePath: storePath, reportsPath: reportsPath, timeZone: timeZone, seed: seed,
            concurrentTests: concurrentTests, credentials: credentials, probes: probes,
            targets: targets.map { target in
                Target(
                    name: target.name, system: target.system, group: target.group, tags: target.tags, plan: target.plan,
                    isEnabled: target.isEnabled, priority: target.priority, retries: 0,
                    assignments: target.assignments.map { ProbeAssignment(probe: $0.probe, schedule: []) })
            })
    }
}
