import FleetModel
import Foundation

/// What ``SchedulerState`` wants done.
public enum SchedulerAction: Sendable, Equatable {
    /// Make this run now, and report its end with ``SchedulerState/runEnded(_:with:at:)``.
    case start(RunRequest)
    /// Keep this result: it is the last word on its slot or manual run.
    case record(ProbeResult)
    /// Keep a `missed` row for a slot.
    case recordMissed(MissedSlot)
    /// Say that this run is due and must wait for its turn; the sentence says for what. It starts or ends in another action.
    case waits(RunRequest, String)
    /// A manual run found no opening in time; the sentence says what it waited for.
    case giveUp(RunRequest, String)
    /// Keep a sentence about the scheduler itself: a jump of the clock, slots that are not recorded one by one.
    case note(String)
    /// The wall clock was set, or the machine slept: rows that lie ahead of the clock were written by a wrong one.
    case clockJumped(from: Date, to: Date)
    /// Call ``SchedulerState/timePassed(_:)`` then, or earlier. Always the last action; nil waits for other events.
    case wait(until: Date?)

    /// The job of which it records a slot.
    var jobOfRow: String? {
        switch self {
        case .record(let result): result.jobID
        case .recordMissed(let missed): missed.jobID
        default: nil
        }
    }
}
