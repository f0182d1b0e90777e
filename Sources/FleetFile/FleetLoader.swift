/// Reads a fleet file and everything that it includes, and checks all of it.
public struct FleetLoader: Sendable {
    /// Whether files with passwords and token keys are looked at as well.
    public let checkingSecrets: Bool

    /// - Parameter checkingSecrets: true reports secret files that are missing, empty or open to others, at the place
    ///   that names them; without it they are read when a probe needs them.
    public init(checkingSecrets: Bool = false) {
        self.checkingSecrets = checkingSecrets
    }

    /// Reads a fleet. Never touches the network.
    ///
    /// - Parameter path: the fleet file; relative to the working directory.
    /// - Throws: every problem that keeps the fleet from being used.
    public func load(path: String) throws(FleetFileError) -> LoadedFleet {
        let problems = ProblemCollector()
        var tree = SourceTree(problems: problems)
        tree.readMain(path: path)
        let read = FleetReader(problems: problems, checkingSecrets: checkingSecrets).read(tree.roots)
        guard let read, problems.problems.isEmpty else {
            throw problems.error
        }
        var fleet = read.fleet
        fleet.configurationHash = ConfigurationHash.of(tree.files)
        return LoadedFleet(
            fleet: fleet, credentials: read.credentials, warnings: problems.sortedWarnings,
            recommendations: problems.sortedRecommendations)
    }
}
