import FleetModel

/// A time in which slots passed, and the rows of it that are still to be handed over: in one turn a million of them would hold up what is to
/// start, and who asks for a run.
struct Absence: Sendable {
    /// The last time that was seen before it.
    let began: WallTime
    /// Whether the scheduler ran then: else nobody was there.
    let wasThere: Bool
    /// When it was noticed.
    let ended: WallTime
    /// Jobs that missed more slots than are told one by one.
    private var cutJobs = 0
    /// What is left, by job; and the jobs in their order, of which some may have been handed over already.
    private var left: [String: (job: ProbeJob, slots: [Slot])] = [:]
    private var order: [String] = []
    private var next = 0

    init(began: WallTime, wasThere: Bool, ended: WallTime) {
        self.began = began
        self.wasThere = wasThere
        self.ended = ended
    }

    var isOver: Bool { left.isEmpty }

    mutating func add(_ job: ProbeJob, _ slots: [Slot], isCut: Bool) {
        if isCut { cutJobs += 1 }
        guard !slots.isEmpty else { return }
        if left[job.id] == nil { order.append(job.id) }
        left[job.id, default: (job, [])].slots += slots
    }

    /// A sentence about the slots that are not told, once.
    mutating func noteOfCutJobs() -> String? {
        guard cutJobs > 0 else { return nil }
        defer { cutJobs = 0 }
        return "\(cutJobs) jobs missed more than \(ScheduledJob.mostMissed) slots before \(ended.text), "
            + "only the last \(ScheduledJob.mostMissed) of each are recorded"
    }

    /// Takes the rows of one job: what it measures next must stand behind them, or nobody finds those slots again after a stop.
    mutating func take(_ jobID: String) -> (job: ProbeJob, slots: [Slot])? {
        left.removeValue(forKey: jobID)
    }

    /// Takes the rows of the next job.
    mutating func takeNext() -> (job: ProbeJob, slots: [Slot])? {
        while next < order.count {
            next += 1
            if let job = take(order[next - 1]) { return job }
        }
        return nil
    }

    /// A clock that was wrong said that these slots passed: they lie ahead of the right one, and are due again.
    mutating func forget(aheadOf now: WallTime) {
        for id in Array(left.keys) {
            left[id]?.slots.removeAll { $0.earliestTime >= now }
            if left[id]?.slots.isEmpty == true { left[id] = nil }
        }
    }
}
