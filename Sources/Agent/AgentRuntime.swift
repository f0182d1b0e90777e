import FleetModel
import Foundation
import Logging
import Probes
import Scheduler
import Secrets
import Store

/// Scheduler, probes and store put together: what `probe agent`, `probe now` and `probe demo` run.
package struct AgentRuntime: Sendable {
    package let control: ScheduleControl

    private let runner: ScheduleRunner<SystemClock>
    private let loaded: LoadedContent

    /// How long running tests may go on after a stop.
    private static let gracePeriod = Duration.seconds(30)

    /// - Parameters:
    ///   - credentials: of the fleet's routers, by name.
    ///   - client: who this program is to a Control Server.
    ///   - monitor: watches the runs; nil where nobody looks.
    ///   - recorded: is told of each result once the store has it.
    /// - Throws: ``StoreError`` when the newest slots cannot be read.
    package init(
        fleet: Fleet, credentials: [String: Credential], store: ResultStore, client: ControlledClient, logger: Logger,
        monitor: ProbeMonitor? = nil,
        recorded: @escaping @Sendable (ProbeResult) -> Void = { _ in }
    ) async throws(StoreError) {
        let note = { @Sendable (sentence: String) async in
            logger.notice("\(sentence)")
            try? await store.record(event: StoreEvent(date: Date(), kind: .clockStepped, message: sentence))
        }
        let began = Date()
        // Before the newest slots are read: those of a wrong clock are none.
        let clocks = try await ClockKeeper(store: store, now: began, note: note)
        let state = SchedulerState(
            fleet: fleet, seed: fleet.seed ?? store.storeID, recorded: try await store.latestSlots(now: began),
            now: began)
        let loaded = LoadedContent(fleet, credentials: credentials, client: client)
        self.loaded = loaded
        runner = ScheduleRunner(
            state: state, clock: SystemClock(), gracePeriod: Self.gracePeriod,
            run: { request in
                logger.info(
                    "test started", metadata: ["target": "\(request.target.name)", "probe": "\(request.probe.name)"])
                let result = await loaded.current.probes.run(ProbeRequest(request), monitor: monitor ?? ProbeMonitor())
                logger.log(level: result.logLevel, "test ended", metadata: result.logMetadata)
                return result
            },
            record: { result in
                if case .missed(let sentence) = result.outcome {
                    // What the agent slept through can be a hundred rows for each job: they are in the store.
                    logger.log(
                        level: result.startedAt < began ? .debug : .notice, "slot missed",
                        metadata: [
                            "target": "\(result.target)", "probe": "\(result.probe)", "reason": "\(sentence)",
                        ])
                }
                try await store.record(result, configurationHash: loaded.current.hash)
                recorded(result)
            },
            note: note, clockJumped: { try await clocks.clockJumped(from: $0, to: $1) })
        control = runner.control
    }

    /// Goes on with a fleet file that was read again: its schedule, its credentials and its hash.
    package func reload(_ fleet: Fleet, credentials: [String: Credential]) {
        loaded.replace(fleet, credentials: credentials)
        control.reload(fleet)
    }

    /// Runs until ``control`` stops it.
    package func run() async throws {
        try await runner.runSchedule()
    }
}

extension ProbeRequest {
    init(_ request: RunRequest) {
        self.init(
            target: request.target, probe: request.probe, trigger: request.trigger, jobID: request.jobID,
            slot: request.slot?.number, scheduledAt: request.scheduledAt)
    }
}

extension ProbeResult {
    fileprivate var logLevel: Logger.Level {
        if case .failed = outcome { .notice } else { .info }
    }

    fileprivate var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["target": "\(target)", "probe": "\(probe)", "outcome": "\(outcome.name)"]
        if case .failed(let failure) = outcome {
            metadata["kind"] = "\(failure.kind.rawValue)"
            metadata["reason"] = "\(failure.message)"
        }
        if let download { metadata["download"] = "\(BitRate(bitsPerSecond: download.bitsPerSecond))" }
        if let upload { metadata["upload"] = "\(BitRate(bitsPerSecond: upload.bitsPerSecond))" }
        if let median = latency?.median { metadata["latency_ms"] = "\((median * 1e5).rounded() / 100)" }
        return metadata
    }
}
