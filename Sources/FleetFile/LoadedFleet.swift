import FleetModel
import Secrets

/// What ``FleetLoader`` made of a fleet file.
public struct LoadedFleet: Sendable {
    public let fleet: Fleet
    /// How to log in to routers, by the names that targets give. They stand beside the fleet, so that what plans, stores and reports
    /// has no secrets to keep.
    public let credentials: [String: Credential]
    /// What is allowed but probably not meant, in the order of the files, then of the lines.
    public let warnings: [FleetProblem]
    /// What is right and could be better, in the same order; for `probe check` alone.
    public let recommendations: [FleetProblem]

    public init(
        fleet: Fleet, credentials: [String: Credential], warnings: [FleetProblem], recommendations: [FleetProblem] = []
    ) {
        self.recommendations = recommendations
        self.fleet = fleet
        self.credentials = credentials
        self.warnings = warnings
    }
}
