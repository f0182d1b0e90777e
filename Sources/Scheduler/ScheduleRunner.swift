import FleetModel
import Foundation

/// Performs what ``SchedulerState`` decides: sleeps, runs probes, has results recorded. Nothing is decided here.
public struct ScheduleRunner<Clock: SchedulerClock>: Sendable {
    /// The clock is looked at so often at least, to notice that it was set.
    public static var longestSleep: Duration { .seconds(60) }

    /// Makes one run. It never throws: a failed probe is a result, and a cancelled one was interrupted.
    public typealias Run = @Sendable (RunRequest) async -> ProbeResult
    /// Takes results that are to be kept, without waiting for that: those of one turn together.
    public typealias Record = @Sendable ([ProbeResult]) -> Void
    /// Takes the result of a run that somebody asked for, and tells whether it was kept.
    public typealias RecordManual = @Sendable (ProbeResult, _ kept: @escaping @Sendable (Bool) -> Void) -> Void
    /// Takes a sentence about the scheduler itself.
    public typealias Note = @Sendable (String) -> Void
    /// Is told of a run that waits: for its turn, or in vain.
    public typealias Waits = @Sendable (RunRequest, WaitingNews) -> Void
    /// Is told that the wall clock was set or the machine slept, before any result of what follows is handed over.
    public typealias ClockJumped = @Sendable (_ from: Date, _ to: Date) -> Void

    /// How others reach the runner while it runs, and before.
    public let control: ScheduleControl

    private let state: SchedulerState
    private let clock: Clock
    private let gracePeriod: Duration
    private let run: Run
    private let record: Record
    private let recordManual: RecordManual
    private let note: Note
    private let waits: Waits
    private let clockJumped: ClockJumped
    private let holdsRowsBack: @Sendable () -> Bool
    private let events: AsyncStream<ScheduleEvent>
    private let continuation: AsyncStream<ScheduleEvent>.Continuation

    /// - Parameters:
    ///   - gracePeriod: how long runs may go on after ``ScheduleControl/stop()`` before they are cancelled.
    ///   - holdsRowsBack: whether rows of slots that passed in a long absence are to wait (``SchedulerState/isHeldBack``).
    ///   - recordManual: nil hands over results of all runs alike, and answers at once.
    public init(
        state: SchedulerState, clock: Clock, gracePeriod: Duration, run: @escaping Run, record: @escaping Record,
        recordManual: RecordManual? = nil, note: @escaping Note = { _ in },
        waits: @escaping Waits = { _, _ in },
        clockJumped: @escaping ClockJumped = { _, _ in }, holdsRowsBack: @escaping @Sendable () -> Bool = { false }
    ) {
        self.state = state
        self.clock = clock
        self.gracePeriod = gracePeriod
        self.run = run
        self.record = record
        self.recordManual =
            recordManual ?? { result, kept in
                record([result])
                kept(true)
            }
        self.note = note
        self.waits = waits
        self.clockJumped = clockJumped
        self.holdsRowsBack = holdsRowsBack
        let (stream, continuation) = AsyncStream.makeStream(of: ScheduleEvent.self)
        events = stream
        self.continuation = continuation
        control = ScheduleControl { event in
            guard case .terminated = continuation.yield(event), case .command(let command) = event else { return }
            command.refuse()
        }
    }

    /// Runs the schedule until it is stopped. To be called once.
    ///
    /// Cancelling the task cancels every run at once and loses its result; ``ScheduleControl/stop()`` is the way to
    /// end.
    ///
    /// - Throws: `CancellationError` when its task was cancelled.
    public func runSchedule() async throws {
        await runLoop()
        await refuseTheRest()
        try Task.checkCancellation()
    }

    private func runLoop() async {
        await withDiscardingTaskGroup { group in
            var loop = Loop(state: state)
            defer { for answer in loop.answers.values { answer(.impossible) } }
            perform(loop.state.timePassed(clock.now()), &loop, &group)
            for await event in events {
                handle(event, &loop, &group)
                if loop.isStopping, loop.state.isIdle { break }
            }
            // Timers are of no use any more. After a cancellation runs end, too.
            group.cancelAll()
        }
    }

    /// Who asked too late for the loop to see is told so; who asks from now on is told at once.
    private func refuseTheRest() async {
        continuation.finish()
        for await event in events {
            if case .command(let command) = event { command.refuse() }
        }
    }

    /// What the loop of one ``runSchedule()`` knows.
    private struct Loop {
        var state: SchedulerState
        var isStopping = false
        var timer: (id: Int, time: Date)?
        var lastTimer = 0
        /// Who waits for the end of a manual run, by the number of its request.
        var answers: [Int: @Sendable (ScheduleControl.ManualOutcome) -> Void] = [:]
    }

    private func handle(
        _ event: ScheduleEvent, _ loop: inout Loop, _ group: inout DiscardingTaskGroup
    ) {
        let now = clock.now()
        loop.state.isHeldBack = holdsRowsBack()
        switch event {
        case .timerFired(let id):
            guard loop.timer?.id == id else { return }
            loop.timer = nil
            perform(loop.state.timePassed(now), &loop, &group)
        case .runEnded(let request, let result):
            var actions = loop.state.runEnded(request, with: result, at: now)
            if let index = actions.firstIndex(where: \.isRecord), case .record(let result) = actions[index],
                let answer = loop.answers.removeValue(forKey: request.id)
            {
                actions.remove(at: index)
                recordManual(result) { answer(.done(result, isStored: $0)) }
            }
            perform(actions, &loop, &group)
        case .resultsCannotBeKept(let sentence):
            perform(loop.state.resultsCannotBeKept(sentence, at: now), &loop, &group)
        case .resultsAreKeptAgain:
            perform(loop.state.resultsAreKeptAgain(at: now), &loop, &group)
        case .graceEnded:
            group.cancelAll()
        case .command(.stop):
            guard !loop.isStopping else { return }
            loop.isStopping = true
            perform(loop.state.stopRequested(at: now), &loop, &group)
            guard !loop.state.isIdle else { return }
            let end = now.addingTimeInterval(gracePeriod.inSeconds)
            group.addTask { [clock, control] in
                try? await clock.sleep(until: end)
                control.send(.graceEnded)
            }
        case .command(.reload(let fleet)):
            perform(loop.state.fleetReloaded(fleet, at: now), &loop, &group)
        case .command(.snapshot(let answer)): answer(loop.state.snapshot)
        case .command(.run(let target, let probe, let patience, let answer)):
            guard
                let (request, actions) = loop.state.manualRunRequested(
                    target: target, probe: probe, at: now, patience: patience)
            else {
                answer(loop.isStopping ? .impossible : .unknown)
                return
            }
            loop.answers[request.id] = answer
            perform(actions, &loop, &group)
        }
    }

    private func perform(
        _ actions: [SchedulerAction], _ loop: inout Loop, _ group: inout DiscardingTaskGroup
    ) {
        // A start waits for nothing, least of all for the rows of what was missed while nobody was there.
        for case .start(let request) in actions {
            group.addTask { [run, control] in
                let result = await run(request)
                control.send(.runEnded(request, result))
            }
        }
        var results: [ProbeResult] = []
        for action in actions {
            switch action {
            case .start: break
            case .record(let result): results.append(result)
            case .recordMissed(let missed): results.append(missed.result())
            case .waits(let request, let sentence): waits(request, .began(sentence))
            case .giveUp(let request, let sentence):
                waits(request, .gaveUp(sentence))
                loop.answers.removeValue(forKey: request.id)?(.busy(sentence))
            case .note(let sentence): note(sentence)
            case .clockJumped(let from, let to): clockJumped(from, to)
            case .wait(let time): setTimer(for: time, &loop, &group)
            }
        }
        if !results.isEmpty { record(results) }
    }

    /// Sleeps until the next time, unless an earlier timer is under way; one that is no longer needed fires in vain.
    private func setTimer(
        for time: Date?, _ loop: inout Loop, _ group: inout DiscardingTaskGroup
    ) {
        guard !loop.isStopping else { return }
        let limit = clock.now().addingTimeInterval(Self.longestSleep.inSeconds)
        let time = min(time ?? limit, limit)
        if let timer = loop.timer, timer.time <= time { return }
        loop.lastTimer += 1
        let id = loop.lastTimer
        loop.timer = (id, time)
        group.addTask { [clock, control] in
            guard (try? await clock.sleep(until: time)) != nil else { return }
            control.send(.timerFired(id))
        }
    }
}

extension SchedulerAction {
    fileprivate var isRecord: Bool { if case .record = self { true } else { false } }
}
