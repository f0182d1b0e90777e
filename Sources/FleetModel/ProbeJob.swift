/// One probe of one target under one schedule entry.
public struct ProbeJob: Sendable, Equatable, Identifiable {
    public let target: Target
    public let probe: ProbeSpec
    public let schedule: ScheduleEntry
    /// The entry's name, or its number among the probe's entries without one, from 0.
    public let entry: String

    public init(target: Target, probe: ProbeSpec, schedule: ScheduleEntry, entry: String) {
        self.target = target
        self.probe = probe
        self.schedule = schedule
        self.entry = entry
    }

    /// `target/probe/entry`, stable over restarts, reloads and the order of the file: what slots and splay hang on
    /// (docs/scheduling.md). A `/` or `%` in the first two is percent-encoded.
    public var id: String {
        "\(FleetName.jobPart(target.name))/\(FleetName.jobPart(probe.name))/\(entry)"
    }
}
