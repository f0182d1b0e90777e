import FleetModel
import Foundation

/// A job with its place in time.
struct ScheduledJob: Sendable {
    /// How many missed slots of one job are recorded one by one after a long pause.
    static let mostMissed = 100

    private(set) var job: ProbeJob
    private(set) var plan: SlotPlan
    /// The next slot that is not handled yet; nil when there is none any more.
    private(set) var next: Slot?
    private var handled: HandledSlots
    private var lastTaken: Int64?

    /// - Parameters:
    ///   - recorded: the newest slot that the store holds. Slots after it count as missed if their time has passed.
    ///   - now: where a job without any recorded slot begins.
    init(job: ProbeJob, plan: SlotPlan, recorded: Int64?, now: WallTime) {
        self.job = job
        self.plan = plan
        handled = HandledSlots(upTo: recorded)
        lastTaken = recorded
        next = recorded.map { plan.slot(after: $0) } ?? plan.firstSlot(startingFrom: now)
    }

    /// Takes the next slot; it is handled from now on.
    mutating func takeNext() -> Slot? {
        guard let slot = next else { return nil }
        handled.insert(slot.number, after: lastTaken)
        lastTaken = slot.number
        next = firstUnhandled(plan.slot(after: slot.number))
        return slot
    }

    /// Takes the slots that can no longer start, at most the last ``mostMissed`` of them.
    ///
    /// - Returns: the slots, and whether there were more than that.
    mutating func takeMissed(at now: WallTime) -> (slots: [Slot], isCut: Bool) {
        var slots: [Slot] = []
        var candidate = next
        while let slot = candidate, slot.latestTime < now {
            slots.append(slot)
            guard slots.count <= Self.mostMissed else { return (takeLastMissed(at: now), true) }
            candidate = firstUnhandled(plan.slot(after: slot.number))
        }
        for _ in slots { _ = takeNext() }
        return (slots, false)
    }

    private mutating func takeLastMissed(at now: WallTime) -> [Slot] {
        let begin = next?.number ?? .min
        let slots = plan.lastSlots(missedBy: now, count: Self.mostMissed).filter {
            $0.number >= begin && !handled.contains($0.number)
        }
        // What lies between stays unhandled: should the clock come back, those slots are run after all.
        lastTaken = nil
        for slot in slots {
            handled.insert(slot.number, after: lastTaken)
            lastTaken = slot.number
        }
        next = firstUnhandled(slots.last.map { plan.slot(after: $0.number) } ?? plan.firstSlot(startingFrom: now))
        return slots
    }

    /// After the clock went back: what is due next that was not handled before.
    ///
    /// - Parameter disbelieves: whether the clock was wrong, and not a moment ahead: slots that lie ahead of it now are due again.
    mutating func clockWentBack(to now: WallTime, disbelieves: Bool) {
        if disbelieves, let first = plan.firstSlot(startingFrom: now) { handled.removeAll(from: first.number) }
        next = firstUnhandled(plan.firstSlot(startingFrom: now))
        lastTaken = nil
    }

    /// The same job, perhaps with another schedule, after the fleet file was read again.
    mutating func reloaded(_ job: ProbeJob, plan: SlotPlan, isSamePlan: Bool, now: WallTime) {
        self.job = job
        self.plan = plan
        guard !isSamePlan else { return }
        next = firstUnhandled(plan.firstSlot(startingFrom: now))
        lastTaken = nil
    }

    private func firstUnhandled(_ slot: Slot?) -> Slot? {
        var candidate = slot
        while let slot = candidate, let end = handled.end(of: slot.number) { candidate = plan.slot(after: end) }
        return candidate
    }
}
