import Foundation

/// A fleet file, read and checked: everything that the agent, the planner and the reports need to know.
public struct Fleet: Sendable {
    /// The file that it was read from, an absolute path.
    public let path: String
    /// SQLite file of the results, an absolute path.
    public let storePath: String
    /// Folder of the reports, an absolute path.
    public let reportsPath: String
    /// For cron entries, windows and the days of a report.
    public let timeZone: TimeZone
    /// What the schedule's randomness follows from; nil takes the store's own id.
    public let seed: String?
    /// How many throughput tests may run at once over the whole agent, 1 … 1000; 1 by default, because they all share
    /// the agent's own uplink.
    public let concurrentTests: Int
    /// The recipes by name, also those that no target uses.
    public let probes: [String: ProbeSpec]
    /// Every router and server, in the order of the file.
    public let targets: [Target]
    /// Which configuration this is: 16 hexadecimal digits over the file and all that it includes; nil for a fleet from no file.
    public var configurationHash: String?
    private let placesByName: [String: Int]

    public init(
        path: String, storePath: String, reportsPath: String, timeZone: TimeZone, seed: String?, concurrentTests: Int,
        probes: [String: ProbeSpec], targets: [Target]
    ) {
        self.path = path
        self.storePath = storePath
        self.reportsPath = reportsPath
        self.timeZone = timeZone
        self.seed = seed
        self.concurrentTests = concurrentTests
        self.probes = probes
        self.targets = targets
        placesByName = Dictionary(targets.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The router or server of that name, enabled or not.
    public func target(named name: String) -> Target? {
        placesByName[name].map { targets[$0] }
    }

    /// One job for each schedule entry of each probe of each enabled target, in the order of the file.
    public var jobs: [ProbeJob] {
        targets.filter(\.isEnabled).flatMap { target in
            target.assignments.flatMap { assignment in
                var unnamed = 0
                return assignment.schedule.map { entry in
                    defer { if entry.name == nil { unnamed += 1 } }
                    return ProbeJob(
                        target: target, probe: assignment.probe, schedule: entry, entry: entry.name ?? "\(unnamed)")
                }
            }
        }
    }
}
