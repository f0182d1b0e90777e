import FleetModel
import Foundation
import Scheduler

/// Something that happened to a run, as a ``RunObserver`` hears of it.
package enum RunEvent: Sendable, Equatable {
    /// It is due and must wait for its turn; the sentence says for what.
    case waits(RunRequest, String)
    /// It was asked for, and no opening came in time; the sentence says what it waited for.
    case gaveUp(RunRequest, String)
    case started(RunRequest, at: Date)
    /// A try is over. It may be made again; what stands in the end comes as ``kept(_:)``.
    case ended(RunRequest, ProbeResult)
    /// Its slot was left out on purpose.
    case skipped(ProbeResult)
    /// Its slot passed before it could start.
    case missed(ProbeResult)
    /// The store has the result of a run, or the row of a slot that was skipped or missed.
    case kept(ProbeResult)
    /// The observer was too slow for so many events that came here.
    case left(Int)
}
