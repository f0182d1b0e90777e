/// One probe of one target under one schedule entry.
public struct ProbeJob: Sendable, Equatable, Identifiable {
    public let target: Target
    public let probe: ProbeSpec
    public let schedule: ScheduleEntry
    /// Position of the entry among the probe's entries, from 0.
    public let entryIndex: Int

    public init(target: Target, probe: ProbeSpec, schedule: ScheduleEntry, entryIndex: Int) {
        self.target = target
        self.probe = probe
        self.schedule = schedule
        self.entryIndex = entryIndex
    }

    /// Stable over restarts, reloads and the order of the file: what slots and splay hang on.
    public var id: String { "\(target.name)/\(probe.name)/\(entryIndex)" }
}
