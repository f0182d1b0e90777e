import Foundation

/// What the planner expects of one slot.
public struct PlannedStart: Sendable, Equatable {
    /// `target/probe/entry`.
    public let jobID: String
    public let target: String
    public let probe: String
    /// ``Slot/number``.
    public let slot: Int64
    /// S_k.
    public let scheduled: Date
    /// E_k: when it starts if nothing is in its way.
    public let earliest: Date
    /// L_k: until when it may wait.
    public let latest: Date
}
