import FleetModel
import Foundation

/// What would run when: a pure function of the fleet, the seed and a range of the clock.
public struct Planner: Sendable {
    private let jobs: [ProbeJob]
    private let plans: [SlotPlan]

    /// - Parameters:
    ///   - seed: the fleet's own, or the store's id where it has none.
    ///   - target: plans this target alone; nil plans all.
    public init(fleet: Fleet, seed: String, target: String? = nil) {
        jobs = fleet.jobs.filter { target == nil || $0.target.name == target }
        plans = jobs.map { SlotPlan(job: $0, seed: seed, timeZone: fleet.timeZone) }
    }

    /// The starts whose earliest time lies in a range, in its order; equal times in the order of the jobs' names.
    ///
    /// - Parameter limit: the most starts to give, the first ones of the range.
    public func starts(in range: Range<Date>, limit: Int = .max) -> [PlannedStart] {
        var result: [PlannedStart] = []
        for start in sequence(in: range) {
            guard result.count < limit else { break }
            result.append(start)
        }
        return result
    }

    /// The same one by one, so that a long range needs no memory.
    public func sequence(in range: Range<Date>) -> some Sequence<PlannedStart> & Sendable {
        PlannedStarts(jobs: jobs, plans: plans, begin: WallTime(range.lowerBound), end: WallTime(range.upperBound))
    }
}

/// Merges the slots of all jobs by their earliest start.
struct PlannedStarts: Sequence, IteratorProtocol, Sendable {
    private struct Entry: Comparable, Sendable {
        let slot: Slot
        let job: Int
        let id: String

        static func < (left: Entry, right: Entry) -> Bool {
            (left.slot.earliestTime, left.id) < (right.slot.earliestTime, right.id)
        }
    }

    private let jobs: [ProbeJob]
    private let plans: [SlotPlan]
    private let end: WallTime
    private var heap: BinaryHeap<Entry>

    init(jobs: [ProbeJob], plans: [SlotPlan], begin: WallTime, end: WallTime) {
        self.jobs = jobs
        self.plans = plans
        self.end = end
        heap = BinaryHeap(
            zip(jobs, plans).enumerated().compactMap { index, pair in
                guard let slot = pair.1.firstSlot(startingFrom: begin), slot.earliestTime < end else { return nil }
                return Entry(slot: slot, job: index, id: pair.0.id)
            })
    }

    mutating func next() -> PlannedStart? {
        guard let entry = heap.removeFirst() else { return nil }
        if let following = plans[entry.job].slot(after: entry.slot.number), following.earliestTime < end {
            heap.insert(Entry(slot: following, job: entry.job, id: entry.id))
        }
        let job = jobs[entry.job]
        return PlannedStart(
            jobID: entry.id, target: job.target.name, probe: job.probe.name, slot: entry.slot.number,
            scheduled: entry.slot.scheduled, earliest: entry.slot.earliest, latest: entry.slot.latest)
    }
}
