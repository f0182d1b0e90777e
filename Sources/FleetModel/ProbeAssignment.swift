/// One probe on one target, with the schedule entries that hold for it there.
public struct ProbeAssignment: Sendable, Equatable {
    public let probe: ProbeSpec
    /// At least one entry for a scheduled target; empty where only `probe now` runs it.
    public let schedule: [ScheduleEntry]

    public init(probe: ProbeSpec, schedule: [ScheduleEntry]) {
        self.probe = probe
        self.schedule = schedule
    }
}
