import FleetModel
import Foundation
import Logging
import Probes
import Scheduler
import Secrets

/// Scheduler, probes and store put together: what `probe agent`, `probe now` and `probe demo` run.
package struct AgentRuntime: Sendable {
    package let control: ScheduleControl
    package let recorder: RunRecorder

    private let runner: ScheduleRunner<SystemClock>
    private let loaded: LoadedContent
    private let store: any RunStore
    private let observers: RunObservers
    private let notices: AsyncStream<RunRecorder.Notice>

    /// How long running tests may go on after a stop: with the last tries below, an agent ends within 30 s.
    private static let gracePeriod = Duration.seconds(25)
    /// How long results that wait are tried to be kept after the last run has ended.
    private static let lastTries = Duration.seconds(5)
    /// How long observers may take in what happened last.
    private static let lastWords = Duration.seconds(1)
    /// Results that may wait for the store before rows of slots that passed wait too: well under a second's work.
    private static let rowsInStore = 2000
    /// How long somebody who asked for a run waits until its result is kept.
    private static let patienceForStore = Duration.seconds(60)

    /// - Parameters:
    ///   - credentials: of the fleet's routers, by name.
    ///   - client: who this program is to a Control Server.
    ///   - monitor: watches the runs; nil where nobody looks.
    ///   - observers: are told what happens; none of them holds up a test.
    /// - Throws: ``RunStoreError`` when the newest slots cannot be read.
    package init(
        fleet: Fleet, credentials: [String: Credential], store: any RunStore & RunReading, client: ControlledClient,
        logger: Logger,
        monitor: ProbeMonitor? = nil,
        observers: [any RunObserver] = []
    ) async throws {
        let (notices, notice) = AsyncStream.makeStream(of: RunRecorder.Notice.self)
        let recorder = RunRecorder(store: store, logger: logger, noticed: { notice.yield($0) })
        self.recorder = recorder
        self.notices = notices
        self.store = store
        let observers = RunObservers(observers)
        self.observers = observers
        let note = { @Sendable (sentence: String) in
            logger.notice("\(sentence)")
            recorder.record(StoreEvent(date: Date(), kind: .clockStepped, message: sentence))
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
                observers.tell(.started(request, at: Date()))
                let result = await loaded.current.probes.run(ProbeRequest(request), monitor: monitor ?? ProbeMonitor())
                logger.log(level: result.logLevel, "test ended", metadata: result.logMetadata)
                observers.tell(.ended(request, result))
                return result
            },
            record: { results in
                observers.tell(results.compactMap(RunEvent.init(passed:)))
                for result in results {
                    if case .missed(let sentence) = result.outcome {
                        // What the agent slept through can be a hundred rows for each job: they are in the store.
                        logger.log(
                            level: result.startedAt < began ? .debug : .notice, "slot missed",
                            metadata: [
                                "target": "\(result.target)", "probe": "\(result.probe)", "reason": "\(sentence)",
                            ])
                    }
                    recorder.record(result, configurationHash: loaded.current.hash) {
                        if $0 { observers.tell(.kept(result)) }
                    }
                }
            },
            recordManual: { result, kept in
                let answer = OneAnswer(kept)
                recorder.record(result, configurationHash: loaded.current.hash) { isKept in
                    if isKept { observers.tell(.kept(result)) }
                    answer.give(isKept)
                }
                Task {
                    try? await Task.sleep(for: Self.patienceForStore)
                    answer.give(false)
                }
            },
            note: note,
            waits: { request, news in
                switch news {
                case .began(let sentence): observers.tell(.waits(request, sentence))
                case .gaveUp(let sentence): observers.tell(.gaveUp(request, sentence))
                }
            },
            clockJumped: { from, to in
                let boot = clocks.boot()
                recorder.perform { try await clocks.clockJumped(from: from, to: to, at: boot) }
            }, holdsRowsBack: { recorder.waiting > Self.rowsInStore })
        control = runner.control
        keepTargets(fleet.targets)
    }

    /// Goes on with a fleet file that was read again: its schedule, its credentials and its hash.
    package func reload(_ fleet: Fleet, credentials: [String: Credential]) {
        keepTargets(fleet.targets)
        loaded.replace(fleet, credentials: credentials)
        control.reload(fleet)
    }

    /// Through the recorder: a store that is locked holds up no test, also for somebody who waits on the phone.
    private func keepTargets(_ targets: [Target]) {
        let now = Date()
        recorder.perform { [store] in try await store.update(targets: targets, at: now) }
    }

    /// Runs until ``control`` stops it, and until its results are kept or a last few tries failed.
    ///
    /// - Parameter lastEvent: is kept behind all results.
    /// - Returns: how many results could not be kept; they are written out in the log.
    package func run(endingWith lastEvent: @Sendable () -> StoreEvent? = { nil }) async throws -> Int {
        // Nobody waits for them: a commit that hangs must not hold up the end.
        let committing = Task { await recorder.run() }
        let telling = Task {
            for await notice in notices {
                switch notice {
                case .holdsNoMore(let sentence): control.resultsCannotBeKept(sentence)
                case .hasRoom: control.resultsAreKeptAgain()
                case .tookOver: keepTargets(loaded.current.targets)
                }
            }
        }
        let observing = Task { await observers.run(control) }
        defer {
            observing.cancel()
            committing.cancel()
            telling.cancel()
        }
        let ended: Result<Void, any Error>
        do { ended = .success(try await runner.runSchedule()) } catch { ended = .failure(error) }
        if let event = lastEvent() { recorder.record(event) }
        let lost = await recorder.finish(within: Self.lastTries)
        await observers.finish(within: Self.lastWords)
        try ended.get()
        return lost
    }
}

extension RunEvent {
    /// A slot that no run was made of; nil for the result of a run.
    fileprivate init?(passed result: ProbeResult) {
        switch result.outcome {
        case .skipped: self = .skipped(result)
        case .missed: self = .missed(result)
        case .measured, .failed: return nil
        }
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
