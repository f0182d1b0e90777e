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

    /// What came of the tests that were asked for.
    struct Outcome: Sendable {
        var results: [ProbeResult] = []
        /// For each test without a result, why: busy, or stopped.
        var missing: [ExitStatus] = []

        mutating func missing(_ wanted: Wanted, _ status: ExitStatus, _ why: String) {
            Terminal.note("probe: \(wanted.target) \(wanted.probe): \(why)")
            missing.append(status)
        }

        var status: ExitStatus { ExitStatus.worst(of: results.map { ExitStatus($0) } + missing) }
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
        let found = fleet.target(named: text).map { [$0] } ?? fleet.targets.filter { $0.hasAddress(text) }
        guard found.count < 2 else {
            throw UsageFailure(
                "\(text) is the address of \(found.map(\.name).joined(separator: ", ")): name the one to test"
            ).reported()
        }
        guard let target = found.first else {
            throw UsageFailure(
                "there is no target \(text.debugDescription) in \(fleet.path); `probe btest` and `probe rmbt` test others"
            ).reported()
        }
        if let probe {
            guard let spec = fleet.probes[probe] else {
                throw UsageFailure(
                    "there is no probe \(probe.debugDescription); the probes are \(fleet.probes.keys.sorted().joined(separator: ", "))"
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

    func run(_ wanted: [Wanted]) async throws -> Outcome {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let lock = try AgentLock(storePath: store.path)
                defer { withExtendedLifetime(lock) {} }
                return try await runHere(wanted)
            } catch StoreError.agentRunning {
                if let outcome = try await runThroughAgent(wanted) { return outcome }
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
    private func runHere(_ wanted: [Wanted]) async throws -> Outcome {
        try await store.update(targets: fleet.targets, at: Date())
        let monitor = ProbeMonitor()
        let runtime = try await AgentRuntime(
            fleet: fleet.withoutSchedules, store: store, logger: logger, monitor: monitor)
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                try await runtime.run()
                return nil
            }
            group.addTask {
                defer { runtime.control.stop() }
                return await Interruption.cancelling { await runAll(wanted, runtime, monitor) }
            }
            var outcome = Outcome()
            var failure: (any Error)?
            while let part = await group.nextResult() {
                switch part {
                case .success(let found): outcome = found ?? outcome
                // A store that fails is why no test came of it.
                case .failure(let error): if failure == nil || error is StoreError { failure = error }
                }
            }
            if let failure { throw failure }
            return outcome
        }
    }

    private func runAll(_ wanted: [Wanted], _ runtime: AgentRuntime, _ monitor: ProbeMonitor) async -> Outcome {
        var outcome = Outcome()
        for one in wanted where !Task.isCancelled {
            let line = ProgressLine(label: "\(one.target) \(one.probe)", monitor: monitor)
            let answer = isQuiet ? await run(one, runtime) : await line.shown { await run(one, runtime) }
            switch answer {
            case .done(let result): outcome.results.append(result)
            case .busy(let sentence): outcome.missing(one, .busy, sentence)
            case .unknown, .impossible: outcome.missing(one, .testFailed, "the test was stopped")
            }
        }
        return outcome
    }

    /// A cancelled task cuts the test off; what it measured until then is its result.
    private func run(_ wanted: Wanted, _ runtime: AgentRuntime) async -> ScheduleControl.ManualOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                runtime.control.runNow(target: wanted.target, probe: wanted.probe, patience: patience) {
                    continuation.resume(returning: $0)
                }
            }
        } onCancel: {
            runtime.control.cutOff()
        }
    }

    /// The fleet file has the test, and the agent read it before that.
    static func notLoaded(_ process: Int32) -> String {
        "the running agent has not loaded it yet: let it read its fleet file again with `kill -HUP \(process)`"
    }

    /// nil when no agent answers.
    private func runThroughAgent(_ wanted: [Wanted]) async throws -> Outcome? {
        var outcome = Outcome()
        for (index, one) in wanted.enumerated() {
            let request = ControlSocket.Request(target: one.target, probe: one.probe, patience: patience.inSeconds)
            guard let answer = try? await ControlSocket.ask(request, storePath: store.path) else {
                if index == 0 { return nil }
                outcome.missing(one, .busy, "the agent stopped before it was tested")
                continue
            }
            if let id = answer.runID, let result = try await store.run(id: id) {
                outcome.results.append(result)
            } else if let process = answer.unknownTo {
                outcome.missing(one, .configuration, Self.notLoaded(process))
            } else if let busy = answer.busy {
                outcome.missing(one, .busy, busy)
            } else {
                outcome.missing(one, .testFailed, answer.impossible ?? "the agent gave no result")
            }
        }
        return outcome
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
        var bare = Fleet(
            path: path, storePath: storePath, reportsPath: reportsPath, timeZone: timeZone, seed: seed,
            concurrentTests: concurrentTests, credentials: credentials, probes: probes,
            targets: targets.map { target in
                Target(
                    name: target.name, system: target.system, group: target.group, tags: target.tags, plan: target.plan,
                    isEnabled: target.isEnabled, priority: target.priority, retries: 0,
                    assignments: target.assignments.map { ProbeAssignment(probe: $0.probe, schedule: []) })
            })
        bare.configurationHash = configurationHash
        return bare
    }
}
