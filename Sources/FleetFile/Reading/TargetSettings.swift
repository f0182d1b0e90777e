import FleetModel

/// What defaults, groups and targets can say alike, read from one map or from several laid over one another.
struct TargetSettings {
    static let common = ["probes", "schedule", "plan", "tags", "enabled", "priority", "retries"]
    static let ofRouters = common + ["credential", "port", "require_auth"]
    static let ofServers = common + ["port", "tls", "ca_file", "insecure", "transport", "token_key_file"]

    static let all = Set(ofRouters + ofServers)

    /// The probes that exist, each once; nil where there is no list or a wrong one.
    var probes: [(name: String, position: SourcePosition)]?
    /// Whether a list stands there that could not be used; its problem has been reported.
    var hasProbesMistake = false
    var schedule: [ScheduleReader.Placed] = []
    /// Whether there is a schedule, even an empty one.
    var hasSchedule = false
    var plan: Target.Plan?
    var tags: [String: String] = [:]
    var isEnabled = true
    var priority = 0
    var retries = 2

    var credential: String?
    var port: Int?
    var requiredAuthentication: AuthenticationMethod?

    var tls = true
    var authorityFile: String?
    var acceptsAnyCertificate = false
    var transport = RMBTTarget.Transport.classic
    var tokenKeyFile: String?
}

/// Which of the settings a map may hold; defaults and groups may hold both, and schedules that others complete.
enum TargetSettingsScope {
    case routers, servers, both

    var includesRouters: Bool { self != .servers }
    var includesServers: Bool { self != .routers }
}
