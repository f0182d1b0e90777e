import FleetFile
import FleetModel
import Foundation
import Logging
import Probes
import Scheduler
import Secrets

/// Tests that somebody asked for: through the agent that runs on the store, or in this process while none does.
package struct ManualRuns: Sendable {
    /// One probe of one target.
    package struct Wanted: Sendable, Equatable {
        package let target: String
        package let probe: String
    }

    /// A test of which came no result.
    package struct Missing: Sendable, CustomStringConvertible {
        package enum Reason: Sendable {
            case busy, stopped
            /// The fleet file has the test, and the running agent read it before that.
            case notLoaded
        }

        package let wanted: Wanted
        package let reason: Reason
        let sentence: String

        /// `core-1 tcp: why there is no result`
        package var description: String { "\(wanted.target) \(wanted.probe): \(sentence)" }
    }

    /// What came of the tests that were asked for.
    package struct Outcome: Sendable {
        package fileprivate(set) var results: [ProbeResult] = []
        package fileprivate(set) var missing: [Missing] = []
        /// Results that the store could not keep in time.
        package fileprivate(set) var unstored: Set<UUID> = []
    }

    private let fleet: Fleet
    private let credentials: [String: Credential]
    private let store: any RunStore & RunReading
    private let place: AgentPlace
    private let client: ControlledClient
    private let patience: Duration
    private let logger: Logger
    private let audience: any ManualRunsAudience

    /// - Parameters:
    ///   - place: of this store.
    ///   - client: who this program is to a Control Server.
    ///   - patience: how long a test may wait for its turn.
    package init(
        loaded: LoadedFleet, store: any RunStore & RunReading, place: AgentPlace, client: ControlledClient,
        patience: Duration, logger: Logger, audience: any ManualRunsAudience
    ) {
        fleet = loaded.fleet
        credentials = loaded.credentials
        self.store = store
        self.place = place
        self.client = client
        self.patience = patience
        self.logger = logger
        self.audience = audience
    }

    /// Finds a target by its name or address, and its probes.
    ///
    /// - Throws: what there is instead.
    package static func resolve(
        _ text: String, probe: String?, in fleet: Fleet
    ) throws(ManualRunsError) -> [Wanted] {
        let found = fleet.target(named: text).map { [$0] } ?? fleet.targets.filter { $0.hasAddress(text) }
        guard found.count < 2 else { throw .ambiguousAddress(text, targets: found.map(\.name)) }
        guard let target = found.first else { throw .unknownTarget(text, fleetPath: fleet.path) }
        if let probe {
            guard let spec = fleet.probes[probe] else {
                throw .unknownProbe(probe, known: fleet.probes.keys.sorted())
            }
            guard target.fits(spec) else { throw .misfit(probe: probe, kind: spec.kind, target: target.name) }
            return [Wanted(target: target.name, probe: probe)]
        }
        guard !target.assignments.isEmpty else { throw .noProbes(target: target.name) }
        return target.assignments.map { Wanted(target: target.name, probe: $0.probe.name) }
    }

    /// - Throws: ``RunStoreError``, ``ManualRunsError/busy(storePath:patience:)`` when the store was not free in time, or what ended the runs.
    package func run(_ wanted: [Wanted]) async throws -> Outcome {
        let deadline = ContinuousClock.now + patience
        while true {
            if let claim = try place.claim() {
                defer { withExtendedLifetime(claim) {} }
                return try await runHere(wanted)
            }
            if let outcome = try await runThroughAgent(wanted) { return outcome }
            // Another `probe now` holds the store, or an agent that is about to open its socket.
            guard ContinuousClock.now < deadline else {
                throw ManualRunsError.busy(storePath: place.storePath, patience: patience)
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// All in this process: with the agent's rules, but without its schedule.
    private func runHere(_ wanted: [Wanted]) async throws -> Outcome {
        let monitor = ProbeMonitor()
        let runtime = try await AgentRuntime(
            fleet: fleet.withoutSchedules, credentials: credentials, store: store, client: client, logger: logger,
            monitor: monitor)
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                _ = try await runtime.run()
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
                case .failure(let error): if failure == nil || error is any RunStoreError { failure = error }
                }
            }
            if let failure { throw failure }
            return outcome
        }
    }

    private func runAll(_ wanted: [Wanted], _ runtime: AgentRuntime, _ monitor: ProbeMonitor) async -> Outcome {
        var outcome = Outcome()
        for one in wanted where !Task.isCancelled {
            switch await audience.watch(one, monitor, while: { await run(one, runtime) }) {
            case .done(let result, let isStored):
                outcome.results.append(result)
                if !isStored { outcome.unstored.insert(result.runID) }
            case .busy(let sentence): miss(one, .busy, sentence, &outcome)
            case .unknown, .impossible: miss(one, .stopped, "the test was stopped", &outcome)
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

    /// Says at once that there is no result, and keeps it.
    private func miss(_ wanted: Wanted, _ reason: Missing.Reason, _ sentence: String, _ outcome: inout Outcome) {
        let missing = Missing(wanted: wanted, reason: reason, sentence: sentence)
        audience.missed(missing)
        outcome.missing.append(missing)
    }

    private static func notLoaded(_ process: Int32) -> String {
        "the running agent has not loaded it yet: let it read its fleet file again with `kill -HUP \(process)`"
    }

    /// nil when no agent answers.
    private func runThroughAgent(_ wanted: [Wanted]) async throws -> Outcome? {
        var outcome = Outcome()
        for (index, one) in wanted.enumerated() {
            let request = ControlSocket.Request(target: one.target, probe: one.probe, patience: patience.inSeconds)
            guard let answer = try? await ControlSocket.ask(request, storePath: place.storePath) else {
                if index == 0 { return nil }
                miss(one, .busy, "the agent stopped before it was tested", &outcome)
                continue
            }
            if let id = answer.runID, let result = try await store.run(id: id) {
                outcome.results.append(result)
            } else if let result = answer.unstored {
                outcome.results.append(result)
                outcome.unstored.insert(result.runID)
            } else if let process = answer.unknownTo {
                miss(one, .notLoaded, Self.notLoaded(process), &outcome)
            } else if let busy = answer.busy {
                miss(one, .busy, busy, &outcome)
            } else {
                miss(one, .stopped, answer.impossible ?? "the agent gave no result", &outcome)
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
            concurrentTests: concurrentTests, probes: probes,
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
