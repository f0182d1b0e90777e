/// What a probe measures: a router or an RMBT server of the fleet, with everything that decides what runs there and
/// when.
public struct Target: Sendable, Equatable {
    /// The two kinds of system that fleetprobe tests.
    public enum System: Sendable, Equatable {
        case router(Router)
        case server(RMBTTarget)
    }

    /// What the customer pays for: a measured rate is judged against it.
    public struct Plan: Sendable, Equatable {
        public let down: BitRate?
        public let up: BitRate?

        public init(down: BitRate?, up: BitRate?) {
            self.down = down
            self.up = up
        }
    }

    /// Unique over the whole fleet.
    public let name: String
    public let system: System
    public let group: String?
    public let tags: [String: String]
    public let plan: Plan?
    /// A disabled target keeps its history and is not tested.
    public let isEnabled: Bool
    /// Higher goes first; 0 by default.
    public let priority: Int
    /// Retries inside one slot after a failure that may pass, 0 … 10; 2 by default.
    public let retries: Int
    /// What runs there, each probe with the schedules that hold for it here.
    public let assignments: [ProbeAssignment]

    public init(
        name: String, system: System, group: String? = nil, tags: [String: String] = [:], plan: Plan? = nil,
        isEnabled: Bool = true, priority: Int = 0, retries: Int = 2, assignments: [ProbeAssignment]
    ) {
        self.name = name
        self.system = system
        self.group = group
        self.tags = tags
        self.plan = plan
        self.isEnabled = isEnabled
        self.priority = priority
        self.retries = retries
        self.assignments = assignments
    }

    /// Where the target is reached, as people write it: `192.0.2.10:2000`, or a Control Server's URL.
    public var addressText: String {
        switch system {
        case .router(let router): Self.hostAndPort(router.address, router.port)
        case .server(let server):
            switch server.access {
            case .direct(let direct): Self.hostAndPort(direct.address, direct.port)
            case .control(let control): control.url
            }
        }
    }

    private static func hostAndPort(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
