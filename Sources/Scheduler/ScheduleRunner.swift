import FleetModel
import Foundation

/// Performs what ``SchedulerState`` decides: sleeps, runs probes, has results recorded. Nothing is decided here.
public struct ScheduleRunner<Clock: SchedulerClock>: Sendable {
    /// The clock is looked at so often at least, to notice that it was set.
    public static var longestSleep: Duration { .seconds(60) }

    /// Makes one run. It never throws: a failed probe is a result, and a cancelled one was interrupted.
    public typealias Run = @Sendable (RunRequest) async -> ProbeResult
    /// Keeps one result; the next is not handed over before it returns.
    public typealias Record = @Sendable (ProbeResult) async throws -> Void
    /// Keeps a sentence about the scheduler itself.
    public typealias Note = @Sendable (String) async -> Void

    /// Is told that the wall clock was set or the machine slept, before anything that follows from it is done.
    public typealias ClockJumped = @Sendable (_ from: Date, _ to: Date) async throws -> Void

    /// How others reach the runner while it runs, and before.
    public let control: ScheduleControl

    private let state: SchedulerState
    private let clock: Clock
    private let gracePeriod: Duration
    private let run: Run
    private let record: Record
    private let note: Note
    private let clockJumped: ClockJumped
    private let events: AsyncStream<ScheduleEvent>
    private let continuation: AsyncStream<ScheduleEvent>.Continuation

    /// - Parameter gracePeriod: how long runs may go on after ``ScheduleControl/stop()`` before they are cancelled.
    public init(
        state: SchedulerState, clock: Clock, gracePeriod: Duration, run: @escaping Run, record: @escaping Record,
        note: @escaping Note = { _ in }, clockJumped: @escaping ClockJumped = { _, _ in }
    ) {
        self.state = state
        self.clock = clock
        self.gracePeriod = gracePeriod
        self.run = run
        self.record = record
        self.note = note
        self.clockJumped = clockJumped
        let (stream, continuation) = AsyncStream.makeStream(of: ScheduleEvent.self)
        events = stream
        self.continuation = continuation
        control = ScheduleControl { event in
            guard case .terminated = continuation.yield(event),
                case .command(.run(_, _, _, let answer)) = event
            else { return }
            answer(.impossible)
        }
    }

    /// Runs the schedule until it is stopped. To be called once.
    ///
    /// Cancelling the task cancels every run at once and loses its result; ``ScheduleControl/stop()`` is the way to
    /// end.
    ///
    /// - Throws: what `record` throws, after every run was cancelled: results that cannot be kept are not worth making.
    public func runSchedule() async throws {
        do {
            try await runLoop()
        } catch {
            await refuseTheRest()
            throw error
        }
        await refuseTheRest()
        try Task.checkCancellation()
    }

    private func runLoop() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var loop = Loop(state: state)
            defer { for answer in loop.answers.values { answer(.impossible) } }
            try await perform(loop.state.timePassed(clock.now()), &loop, &group)
            for await event in events {
                try await handle(event, &loop, &group)
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
            if case .command(.run(_, _, _, let answer)) = event { answer(.impossible) }
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
        _ event: ScheduleEvent, _ loop: inout Loop, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let now = clock.now()
        switch event {
        case .timerFired(let id):
            guard loop.timer?.id == id else { return }
            loop.timer = nil
            try await perform(loop.state.timePassed(now), &loop, &group)
        case .runEnded(let request, let result):
            let actions = loop.state.runEnded(request, with: result, at: now)
            try await perform(actions, &loop, &group)
            if let answer = loop.answers.removeValue(forKey: request.id),
                case .record(let kept)? = actions.first(where: \.isRecord)
            {
                answer(.done(kept))
            }
        case .graceEnded:
            group.cancelAll()
        case .command(.stop):
            guard !loop.isStopping else { return }
            loop.isStopping = true
            try await perform(loop.state.stopRequested(at: now), &loop, &group)
            guard !loop.state.isIdle else { return }
            let end = now.addingTimeInterval(gracePeriod.inSeconds)
            group.addTask { [clock, control] in
                try? await clock.sleep(until: end)
                control.send(.graceEnded)
            }
        case .command(.reload(let fleet)):
            try await perform(loop.state.fleetReloaded(fleet, at: now), &loop, &group)
        case .command(.run(let target, let probe, let patience, let answer)):
            guard
                let (request, actions) = loop.state.manualRunRequested(
                    target: target, probe: probe, at: now, patience: patience)
            else {
                answer(loop.isStopping ? .impossible : .unknown)
                return
            }
            loop.answers[request.id] = answer
            try await perform(actions, &loop, &group)
        }
    }

    private func perform(
        _ actions: [SchedulerAction], _ loop: inout Loop, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        for action in actions {
            switch action {
            case .start(let request):
                group.addTask { [run, control] in
                    let result = await run(request)
                    control.send(.runEnded(request, result))
                }
            case .record(let result):
                try await record(result)
            case .recordMissed(let missed):
                try await record(missed.result())
            case .giveUp(let request, let sentence):
                loop.answers.removeValue(forKey: request.id)?(.busy(sentence))
            case .note(let sentence):
                await note(sentence)
            case .clockJumped(let from, let to):
                try await clockJumped(from, to)
            case .wait(let time):
                setTimer(for: time, &loop, &group)
            }
        }
    }

    /// Sleeps until the next time, unless an earlier timer is under way; one that is no longer needed fires in vain.
    private func setTimer(
        for time: Date?, _ loop: inout Loop, _ group: inout ThrowingDiscardingTaskGroup<any Error>
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
