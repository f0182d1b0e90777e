import FleetModel
import Foundation

/// One run that is to be made now.
public struct RunRequest: Sendable, Equatable, Identifiable {
    /// Counts the requests of one scheduler, from 1; a retry has a number of its own.
    public let id: Int
    public let target: Target
    public let probe: ProbeSpec
    public let trigger: ProbeResult.Trigger
    /// ``FleetModel/ProbeJob/id``; nil for a manual run.
    public let jobID: String?
    /// nil for a manual run.
    public let slot: Slot?
    /// 0 for the first try, 1 … for retries inside the slot.
    public let attempt: Int

    /// S_k; nil for a manual run.
    public var scheduledAt: Date? { slot?.scheduled }
}
