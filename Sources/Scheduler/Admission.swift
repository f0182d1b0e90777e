import FleetModel

/// Which runs may be made at the same time.
///
/// Everything that a run needs is taken when it starts and given back when it ends; nothing is held while waiting, so
/// nothing deadlocks.
struct Admission: Sendable {
    /// What a run waits for.
    enum Obstacle: Sendable, Equatable {
        /// The agent runs as many throughput tests as it may.
        case throughputLimit(Int)
        case latencyLimit(Int)
        /// Another throughput test of the same target.
        case target(String)
        /// An earlier run of the same job.
        case job

        /// Whether every other run of the same kind waits for it as well.
        var holdsAll: Bool {
            switch self {
            case .throughputLimit, .latencyLimit: true
            case .target, .job: false
            }
        }

        /// The sentence of a slot that it kept from starting.
        var sentence: String {
            switch self {
            case .throughputLimit(1): "another throughput test was running (max_concurrent_tests: 1)"
            case .throughputLimit(let limit): "\(limit) throughput tests were running (max_concurrent_tests: \(limit))"
            case .latencyLimit(let limit): "\(limit) latency probes were running, as many as may run at once"
            case .target(let name): "another throughput test of \(name) was running"
            case .job: "the run before it had not ended"
            }
        }
    }

    static let latencyLimit = 32

    private let throughputLimit: Int
    private var throughputTests = 0
    private var latencyProbes = 0
    private var busyTargets: Set<String> = []
    private var busyJobs: Set<String> = []

    /// - Parameter throughputLimit: tests at once over the whole agent, 1 or more.
    init(throughputLimit: Int) {
        self.throughputLimit = max(throughputLimit, 1)
    }

    /// What keeps a run from starting now; nil if nothing does.
    func obstacle(for request: RunRequest) -> Obstacle? {
        if request.probe.kind.isThroughputTest {
            if throughputTests >= throughputLimit { return .throughputLimit(throughputLimit) }
            if busyTargets.contains(request.target.name) { return .target(request.target.name) }
        } else if latencyProbes >= Self.latencyLimit {
            return .latencyLimit(Self.latencyLimit)
        }
        if let job = request.jobID, busyJobs.contains(job) { return .job }
        return nil
    }

    mutating func runStarted(_ request: RunRequest) {
        if request.probe.kind.isThroughputTest {
            throughputTests += 1
            busyTargets.insert(request.target.name)
        } else {
            latencyProbes += 1
        }
        if let job = request.jobID { busyJobs.insert(job) }
    }

    mutating func runEnded(_ request: RunRequest) {
        if request.probe.kind.isThroughputTest {
            throughputTests -= 1
            busyTargets.remove(request.target.name)
        } else {
            latencyProbes -= 1
        }
        if let job = request.jobID { busyJobs.remove(job) }
    }
}
