import Foundation

/// One slot of a job: when it is due and when it may start.
public struct Slot: Sendable, Hashable {
    /// S_k in seconds since the epoch: ascending within a job, unique in it whatever its schedule was before.
    public let number: Int64
    let earliestTime: WallTime
    let latestTime: WallTime

    /// S_k: the begin of the slot, in whole seconds.
    public var scheduled: Date { Date(timeIntervalSince1970: Double(number)) }
    /// E_k: the start as planned.
    public var earliest: Date { earliestTime.date }
    /// L_k: not started by then, the slot is missed. Before ``earliest`` where a slot has no room at all.
    public var latest: Date { latestTime.date }
}
