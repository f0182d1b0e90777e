import FleetModel
import Foundation

/// A slot whose time passed before it could start.
public struct MissedSlot: Sendable, Equatable {
    public let jobID: String
    public let target: String
    public let probe: ProbeSpec
    public let slot: Slot
    /// What it waited for, in one sentence.
    public let sentence: String

    /// As a result for the store: it counts as started when it was due, and took no time.
    public func result(runID: UUID = UUID()) -> ProbeResult {
        ProbeResult(
            runID: runID, target: target, probe: probe.name, kind: probe.kind, trigger: .schedule, jobID: jobID,
            slot: slot.number, scheduledAt: slot.scheduled, startedAt: slot.earliest, duration: .zero,
            outcome: .missed(sentence))
    }
}
