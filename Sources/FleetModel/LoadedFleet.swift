/// What ``FleetLoader`` made of a fleet file.
public struct LoadedFleet: Sendable {
    public let fleet: Fleet
    /// What is allowed but probably not meant, in the order of the files, then of the lines.
    public let warnings: [FleetProblem]
    /// What is right and could be better, in the same order; for `probe check` alone.
    public let recommendations: [FleetProblem]

    public init(fleet: Fleet, warnings: [FleetProblem], recommendations: [FleetProblem] = []) {
        self.recommendations = recommendations
        self.fleet = fleet
        self.warnings = warnings
    }
}
