/// What ``FleetLoader`` made of a fleet file.
public struct LoadedFleet: Sendable {
    public let fleet: Fleet
    /// What is allowed but probably not meant, in the order of the files, then of the lines.
    public let warnings: [FleetProblem]

    public init(fleet: Fleet, warnings: [FleetProblem]) {
        self.fleet = fleet
        self.warnings = warnings
    }
}
