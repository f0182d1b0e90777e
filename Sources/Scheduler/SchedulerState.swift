import FleetModel
import Foundation

/// Decides what runs when. It has no clock, no store and no probe: events come in the past tense, actions go out.
///
/// Each slot of each job is taken once. It ends in exactly one ``SchedulerAction/record(_:)`` or
/// ``SchedulerAction/recordMissed(_:)``, except what a note sums up after a long pause, and what still waits when the
/// scheduler stops: that is taken up again at the next start.
public struct SchedulerState: Sendable {
    /// Milliseconds by which something that is recorded may be ahead of the clock: what a clock that the network sets is off by. More comes
    /// of a clock that was wrong, and holds nothing up.
    static let believableLead: Int64 = 60_000
    /// Milliseconds that the wall clock may be set back by without any effect.
    static let harmlessStepBack: Int64 = 1000
    /// Milliseconds between two looks at the clock, which is looked at once a minute, from which on it was set or the machine slept.
    static let longestPause: Int64 = 90_000
    /// Rows of missed slots that one turn hands over, and those of one job more.
    static let rowsInOneTurn = 500

    private struct Upcoming: Comparable, Sendable {
        let earliest: WallTime
        let number: Int64
        let jobID: String

        static func < (left: Upcoming, right: Upcoming) -> Bool {
            (left.earliest, left.jobID) < (right.earliest, right.jobID)
        }
    }

    struct Delayed: Comparable, Sendable {
        let run: WaitingRun

        static func < (left: Delayed, right: Delayed) -> Bool {
            (left.run.readyAt, left.run.request.id) < (right.run.readyAt, right.run.request.id)
        }
    }

    private let seed: String
    private var fleet: Fleet
    private var jobs: [String: ScheduledJob] = [:]
    /// The next slot of each job; an entry whose job meanwhile has another next slot does not count.
    private var upcoming = BinaryHeap<Upcoming>()
    /// Retries in their pause, and runs whose time the clock went back behind.
    private(set) var delayed = BinaryHeap<Delayed>()
    private(set) var throughputLine = WaitingLine()
    private(set) var latencyLine = WaitingLine()
    private(set) var running: [Int: WaitingRun] = [:]
    /// What came into a line in this turn.
    private var newcomers: [RunRequest] = []
    private var admission: Admission
    private var lastRequest = 0
    private(set) var lastTime: WallTime
    /// Whether time has passed since the start: slots before it were missed because nobody was there.
    private var hasBegun = false
    private var isStopping = false
    /// Slots that passed, while their rows are handed over in turns.
    var absence: Absence?
    /// Whether those rows are to wait: what was measured should not wait behind a million of them.
    public var isHeldBack = false
    /// Milliseconds until it is looked whether they still are.
    private static let heldBack: Int64 = 20
    /// Why results cannot be kept, and since when nothing starts for it.
    private(set) var hold: (sentence: String, since: WallTime)?
    /// When the last such time began and ended: slots of it were missed for that.
    private(set) var lastHold: (sentence: String, span: ClosedRange<WallTime>)?
    private var notes: [String] = []
    /// What goes before everything else that is done.
    private var jumps: [SchedulerAction] = []

    /// - Parameters:
    ///   - seed: the fleet's own, or the store's id where it has none.
    ///   - recorded: the number of the newest slot that the store holds for each job.
    ///   - now: jobs without a recorded slot begin here.
    public init(fleet: Fleet, seed: String, recorded: [String: Int64] = [:], now: Date) {
        self.fleet = fleet
        self.seed = seed
        admission = Admission(throughputLimit: fleet.concurrentTests)
        lastTime = WallTime(now)
        let horizon = lastTime + Self.believableLead
        var disbelieved = 0
        for job in fleet.jobs {
            let plan = SlotPlan(job: job, seed: seed, timeZone: fleet.timeZone)
            // A slot that no schedule of today has is judged by its own time.
            let due = recorded[job.id].map { plan.slot($0)?.earliestTime ?? WallTime(slot: $0) }
            let isBelievable = due.map { $0 <= horizon } ?? true
            if !isBelievable { disbelieved += 1 }
            jobs[job.id] = ScheduledJob(
                job: job, plan: plan, recorded: isBelievable ? recorded[job.id] : nil, now: lastTime)
        }
        if disbelieved > 0 {
            notes.append(
                "the store holds slots of \(disbelieved) jobs from ahead of the clock: a clock was wrong, and they are run when "
                    + "they are due")
        }
        rebuildUpcoming()
    }

    /// Whether nothing runs; after ``stopRequested(at:)`` nothing will any more.
    public var isIdle: Bool { running.isEmpty }

    /// How many runs are being made.
    public var runningCount: Int { running.count }

    // MARK: Events

    /// The clock shows a later time, or, after it was set, an earlier one.
    public mutating func timePassed(_ now: Date) -> [SchedulerAction] {
        act(at: WallTime(now))
    }

    /// A run is over. Its result belongs to the slot, or is the reason for another try.
    public mutating func runEnded(
        _ request: RunRequest, with result: ProbeResult, at now: Date
    ) -> [SchedulerAction] {
        guard let run = running.removeValue(forKey: request.id) else { return act(at: WallTime(now)) }
        admission.runEnded(run.request)
        let result = completed(result, of: run.request, at: WallTime(now))
        if result.isPlacedInTime, let retry = retry(of: run, after: result, at: WallTime(now)) {
            delayed.insert(Delayed(run: retry))
            return act(at: WallTime(now))
        }
        return act(at: WallTime(now), after: [.record(result)])
    }

    /// The fleet file was read again. Runs go on; slots that wait keep waiting if their job is still there.
    public mutating func fleetReloaded(_ newFleet: Fleet, at now: Date) -> [SchedulerAction] {
        let time = WallTime(now)
        let oldZone = fleet.timeZone
        fleet = newFleet
        var newJobs: [String: ScheduledJob] = [:]
        for job in newFleet.jobs {
            let plan = SlotPlan(job: job, seed: seed, timeZone: newFleet.timeZone)
            guard var known = jobs[job.id] else {
                newJobs[job.id] = ScheduledJob(job: job, plan: plan, recorded: nil, now: time)
                continue
            }
            let isSamePlan =
                known.job.schedule == job.schedule && known.job.probe == job.probe && oldZone == newFleet.timeZone
            known.reloaded(job, plan: plan, isSamePlan: isSamePlan, now: time)
            newJobs[job.id] = known
        }
        jobs = newJobs
        var actions: [SchedulerAction] = []
        for run in removeWaiting(where: { $0.request.jobID.map { newJobs[$0] == nil } ?? false }) {
            actions.append(ending(of: run, sentence: "was taken out of the fleet file while it waited"))
        }
        refreshRequests()
        var newAdmission = Admission(throughputLimit: newFleet.concurrentTests)
        for run in running.values { newAdmission.runStarted(run.request) }
        admission = newAdmission
        rebuildUpcoming()
        return act(at: time, after: actions)
    }

    /// Somebody wants a run now. It goes before all others, under the same admission.
    ///
    /// - Parameter patience: how long it may wait for an opening.
    /// - Returns: the request, to recognise its start and end by, and what is to be done; nil for a target or probe
    ///   that the fleet does not have, or when the scheduler is stopping.
    public mutating func manualRunRequested(
        target: String, probe: String, at now: Date, patience: Duration = .seconds(60)
    ) -> (request: RunRequest, actions: [SchedulerAction])? {
        guard !isStopping, let target = fleet.target(named: target), let probe = fleet.probes[probe] else { return nil }
        let time = WallTime(now)
        let request = makeRequest(target: target, probe: probe, trigger: .manual, jobID: nil, slot: nil, attempt: 0)
        enqueue(
            WaitingRun(
                request: request, readyAt: time, latest: time + max(patience.wholeMilliseconds, 0), tieBreaker: 0))
        return (request, act(at: time))
    }

    /// No room is left for results. Nothing starts, and no slot is taken, until there is again: what is missed meanwhile would be results,
    /// too.
    public mutating func resultsCannotBeKept(_ sentence: String, at now: Date) -> [SchedulerAction] {
        if hold == nil { hold = ("results cannot be kept: \(sentence)", WallTime(now)) }
        return act(at: WallTime(now))
    }

    /// Results are kept again: slots that passed meanwhile are missed, and those that are due now are taken.
    public mutating func resultsAreKeptAgain(at now: Date) -> [SchedulerAction] {
        if let hold {
            let end = max(WallTime(now), hold.since)
            lastHold = (hold.sentence, hold.since...end)
        }
        hold = nil
        return act(at: WallTime(now))
    }

    /// Nothing starts any more. Retries are given up; the failures before them are the results.
    public mutating func stopRequested(at now: Date) -> [SchedulerAction] {
        isStopping = true
        var actions: [SchedulerAction] = []
        // Slots that wait are left to the next start, which finds them unrecorded.
        for run in removeWaiting(where: { $0.failedResult != nil || $0.request.trigger == .manual }) {
            actions.append(ending(of: run, sentence: "the scheduler is stopping"))
        }
        return act(at: WallTime(now), after: actions)
    }

    // MARK: Deciding

    /// - Parameter decided: what the event itself comes to; it goes before everything else.
    private mutating func act(at now: WallTime, after decided: [SchedulerAction] = []) -> [SchedulerAction] {
        let decided = inOrder(decided)
        // Any event may be the first one after the clock was set.
        var actions: [SchedulerAction] = []
        if now < lastTime - Self.harmlessStepBack {
            actions += clockWentBack(to: now)
        } else if hasBegun, !isStopping, now.milliseconds - lastTime.milliseconds > Self.longestPause {
            jumps.append(.clockJumped(from: lastTime.date, to: now.date))
        }
        if !isStopping {
            if hold == nil { takeDueSlots(now) }
            while let first = delayed.first, first.run.readyAt <= now {
                if let ready = delayed.removeFirst() { enqueue(ready.run) }
            }
            for run in throughputLine.removeExpired(at: now) + latencyLine.removeExpired(at: now) {
                let sentence = hold?.sentence ?? run.obstacle?.sentence ?? "could not be started in time"
                actions.append(ending(of: run, sentence: sentence))
                newcomers.removeAll { $0.id == run.request.id }
            }
            if hold == nil { actions += start(at: now) }
            actions += waits()
        }
        actions = inOrder(actions)
        if !isStopping { actions += rowsOfAbsence() }
        lastTime = now
        hasBegun = true
        actions = decided + notes.map { .note($0) } + jumps + actions
        notes = []
        jumps = []
        return actions + [.wait(until: nextTime()?.date)]
    }

    private mutating func takeDueSlots(_ now: WallTime) {
        var absence = absence ?? Absence(began: lastTime, wasThere: hasBegun, ended: now)
        while let first = upcoming.first, first.earliest <= now {
            _ = upcoming.removeFirst()
            guard var scheduled = jobs[first.jobID], scheduled.next?.number == first.number else { continue }
            let missed = scheduled.takeMissed(at: now)
            absence.add(scheduled.job, missed.slots, isCut: missed.isCut)
            if let due = scheduled.next, due.earliestTime <= now, let slot = scheduled.takeNext() {
                let job = scheduled.job
                let request = makeRequest(
                    target: job.target, probe: job.probe, trigger: .schedule, jobID: job.id, slot: slot, attempt: 0)
                enqueue(
                    WaitingRun(
                        request: request, readyAt: slot.earliestTime, latest: slot.latestTime,
                        tieBreaker: PlanHash(seed: seed, jobID: job.id).value(.order, slot.number)))
            }
            jobs[first.jobID] = scheduled
            if let next = scheduled.next {
                upcoming.insert(Upcoming(earliest: next.earliestTime, number: next.number, jobID: first.jobID))
            }
        }
        if let note = absence.noteOfCutJobs() { notes.append(note) }
        self.absence = absence.isOver ? nil : absence
    }

    private mutating func start(at now: WallTime) -> [SchedulerAction] {
        let started = throughputLine.startAdmitted(&admission) + latencyLine.startAdmitted(&admission)
        for var run in started {
            run.startedAt = now
            running[run.request.id] = run
        }
        return started.map { .start($0.request) }
    }

    /// What came in this turn and did not start.
    private mutating func waits() -> [SchedulerAction] {
        defer { newcomers = [] }
        return newcomers.filter { running[$0.id] == nil }.map { .waits($0, sentence(whileWaiting: $0)) }
    }

    func sentence(whileWaiting request: RunRequest) -> String {
        hold?.sentence ?? admission.obstacle(for: request)?.sentence ?? "others go before it"
    }

    /// When something is due next: a slot, a retry, or the end of somebody's patience.
    private mutating func nextTime() -> WallTime? {
        guard !isStopping else { return nil }
        while let first = upcoming.first, jobs[first.jobID]?.next?.number != first.number {
            _ = upcoming.removeFirst()
        }
        let times = [
            hold == nil ? upcoming.first?.earliest : nil,
            absence.map { _ in isHeldBack ? lastTime + Self.heldBack : lastTime },
            delayed.first?.run.readyAt,
            throughputLine.firstLatest.map { $0 + 1 },
            latencyLine.firstLatest.map { $0 + 1 },
        ]
        return times.compactMap { $0 }.min()
    }

    // MARK: Runs

    private mutating func makeRequest(
        target: Target, probe: ProbeSpec, trigger: ProbeResult.Trigger, jobID: String?, slot: Slot?, attempt: Int
    ) -> RunRequest {
        lastRequest += 1
        return RunRequest(
            id: lastRequest, target: target, probe: probe, trigger: trigger, jobID: jobID, slot: slot, attempt: attempt)
    }

    private mutating func enqueue(_ run: WaitingRun) {
        var run = run
        run.obstacle = admission.obstacle(for: run.request)
        newcomers.append(run.request)
        if run.request.probe.kind.isThroughputTest { throughputLine.insert(run) } else { latencyLine.insert(run) }
    }

    /// Another try of the same slot, if its failure may pass and there is time: 30 s · 2^n with full jitter.
    private mutating func retry(of run: WaitingRun, after result: ProbeResult, at now: WallTime) -> WaitingRun? {
        guard !isStopping, case .failed(let failure) = result.outcome, failure.kind.mayPass,
            let jobID = run.request.jobID, let slot = run.request.slot, jobs[jobID] != nil,
            run.request.attempt < min(run.request.target.retries, 10)
        else { return nil }
        let attempt = run.request.attempt + 1
        // Tries of one slot must not share their pause: the index is the slot's number and the try in its low digits.
        let pause = PlanHash(seed: seed, jobID: jobID).choice(
            .retry, slot.number * 100 + Int64(attempt), below: 30_000 << (attempt - 1))
        let readyAt = now + pause
        guard readyAt <= slot.latestTime else { return nil }
        var retry = run
        retry.request = makeRequest(
            target: run.request.target, probe: run.request.probe, trigger: .schedule, jobID: jobID, slot: slot,
            attempt: attempt)
        retry.readyAt = readyAt
        retry.failedResult = result
        retry.obstacle = nil
        return retry
    }

    /// What becomes of a run that waited in vain.
    private func ending(of run: WaitingRun, sentence: String) -> SchedulerAction {
        if let result = run.failedResult { return .record(result) }
        guard let jobID = run.request.jobID, let slot = run.request.slot else { return .giveUp(run.request, sentence) }
        return .recordMissed(
            MissedSlot(
                jobID: jobID, target: run.request.target.name, probe: run.request.probe, slot: slot,
                sentence: sentence))
    }

    /// The result with everything that the scheduler knows of its run.
    private func completed(_ result: ProbeResult, of request: RunRequest, at now: WallTime) -> ProbeResult {
        var result = result
        result.trigger = request.trigger
        result.jobID = request.jobID
        result.slot = request.slot?.number
        result.scheduledAt = request.scheduledAt
        if request.attempt > 0, !result.flags.contains("retried") { result.flags.append("retried") }
        return Self.placed(result, at: now)
    }

    /// A run that began ahead of the clock leaves its slot to the one that is due then.
    private static func placed(_ result: ProbeResult, at now: WallTime) -> ProbeResult {
        guard WallTime(result.startedAt) > now + believableLead else { return result }
        var result = result
        result.slot = nil
        if result.isPlacedInTime { result.flags.append(RunFlag.clockWrong) }
        return result
    }

    // MARK: Jumps and reloads

    /// - Returns: failures that wait for another try and began under the wrong clock.
    private mutating func clockWentBack(to now: WallTime) -> [SchedulerAction] {
        notes.append("the clock went back from \(lastTime.text) to \(now.text)")
        let disbelieves = lastTime.milliseconds - now.milliseconds > Self.believableLead
        if disbelieves { jumps.append(.clockJumped(from: lastTime.date, to: now.date)) }
        if disbelieves { absence?.forget(aheadOf: now) }
        for id in jobs.keys { jobs[id]?.clockWentBack(to: now, disbelieves: disbelieves) }
        var actions: [SchedulerAction] = []
        for run in removeWaiting(where: { $0.readyAt > now && $0.request.trigger == .schedule }) {
            // A slot that lies ahead of a clock that is right now is due again at its time.
            if disbelieves, let slot = run.request.slot, slot.earliestTime >= now {
                if let failed = run.failedResult {
                    actions.append(.record(Self.placed(failed, at: now)))
                }
            } else {
                // What had become due before its time by the new clock waits for that time again.
                delayed.insert(Delayed(run: run))
            }
        }
        rebuildUpcoming()
        return actions
    }

    private mutating func rebuildUpcoming() {
        upcoming = BinaryHeap(
            jobs.compactMap { id, scheduled in
                scheduled.next.map { Upcoming(earliest: $0.earliestTime, number: $0.number, jobID: id) }
            })
    }

    private mutating func removeWaiting(where isTaken: (WaitingRun) -> Bool) -> [WaitingRun] {
        delayed.remove { isTaken($0.run) }.map(\.run) + throughputLine.remove(where: isTaken)
            + latencyLine.remove(where: isTaken)
    }

    /// Runs that wait are made as the new fleet file says.
    private mutating func refreshRequests() {
        let jobs = jobs
        let change = { (request: RunRequest) -> RunRequest in
            guard let id = request.jobID, let job = jobs[id]?.job else { return request }
            return RunRequest(
                id: request.id, target: job.target, probe: job.probe, trigger: request.trigger, jobID: id,
                slot: request.slot, attempt: request.attempt)
        }
        throughputLine.update(change)
        latencyLine.update(change)
        delayed = BinaryHeap(
            delayed.remove { _ in true }.map { entry in
                var run = entry.run
                run.request = change(run.request)
                return Delayed(run: run)
            })
    }
}
