import FleetModel

/// Why tests that somebody asked for do not begin.
package enum ManualRunsError: Error, Equatable, CustomStringConvertible {
    case ambiguousAddress(String, targets: [String])
    case unknownTarget(String, fleetPath: String)
    case unknownProbe(String, known: [String])
    case misfit(probe: String, kind: ProbeKind, target: String)
    case noProbes(target: String)
    /// Another program tests with this store and did not end in time.
    case busy(storePath: String, patience: Duration)

    package var description: String {
        switch self {
        case .ambiguousAddress(let address, let targets):
            "\(address) is the address of \(targets.joined(separator: ", ")): name the one to test"
        case .unknownTarget(let name, let fleetPath):
            "there is no target \(name.debugDescription) in \(fleetPath); `probe btest` and `probe rmbt` test others"
        case .unknownProbe(let name, let known):
            "there is no probe \(name.debugDescription); the probes are \(known.joined(separator: ", "))"
        case .misfit(let probe, let kind, let target):
            "the probe \(probe) (\(kind.rawValue)) does not fit \(target)"
        case .noProbes(let target): "\(target) has no probes of its own: name one with --probe"
        case .busy(let storePath, let patience):
            "another test runs on \(storePath) and did not end within \(DurationText.format(patience))"
        }
    }
}
