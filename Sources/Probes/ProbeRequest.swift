import FleetModel
import Foundation

/// One run that was decided upon: what, where and on whose behalf.
public struct ProbeRequest: Sendable {
    public let runID: UUID
    public let target: Target
    public let probe: ProbeSpec
    public let trigger: ProbeResult.Trigger
    /// ``ProbeJob/id`` and slot of a scheduled run.
    public let jobID: String?
    public let slot: Int64?
    public let scheduledAt: Date?

    public init(
        runID: UUID = UUID(), target: Target, probe: ProbeSpec, trigger: ProbeResult.Trigger, jobID: String? = nil,
        slot: Int64? = nil, scheduledAt: Date? = nil
    ) {
        self.runID = runID
        self.target = target
        self.probe = probe
        self.trigger = trigger
        self.jobID = jobID
        self.slot = slot
        self.scheduledAt = scheduledAt
    }
}
