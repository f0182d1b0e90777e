import Foundation

/// What became of one run. A failed probe is a value like a measured one.
public struct ProbeResult: Sendable, Equatable, Codable {
    public enum Trigger: String, Sendable, CaseIterable, Codable {
        case schedule, manual
    }

    public enum Outcome: Sendable, Equatable, Codable {
        case measured
        case failed(ProbeFailure)
        /// It was due and was not begun on purpose; the sentence says why.
        case skipped(String)
        /// Its time passed before it could begin; the sentence says what it waited for.
        case missed(String)

        /// The name in JSON, CSV and the store.
        public var name: String {
            switch self {
            case .measured: "measured"
            case .failed: "failed"
            case .skipped: "skipped"
            case .missed: "missed"
            }
        }
    }

    /// CPU load of both ends while the test ran, each 0 … 1; nil where unknown.
    public struct CPULoad: Sendable, Equatable, Codable {
        public let local: Double?
        public let remote: Double?

        public init(local: Double?, remote: Double?) {
            self.local = local
            self.remote = remote
        }
    }

    /// Median round trips while data flowed, in seconds; nil where not measured.
    public struct LoadedLatency: Sendable, Equatable, Codable {
        public let downloadMedian: Double?
        public let uploadMedian: Double?

        public init(downloadMedian: Double?, uploadMedian: Double?) {
            self.downloadMedian = downloadMedian
            self.uploadMedian = uploadMedian
        }
    }

    public var runID: UUID
    public var target: String
    public var probe: String
    public var kind: ProbeKind
    public var trigger: Trigger
    /// ``ProbeJob/id``, and the number of the slot; nil for a manual run.
    public var jobID: String?
    public var slot: Int64?
    public var scheduledAt: Date?
    public var startedAt: Date
    /// From start to end of the run, handshakes included, by the monotonic clock.
    public var duration: Duration
    public var outcome: Outcome
    public var download: TransferResult?
    public var upload: TransferResult?
    public var latency: LatencySummary?
    public var latencyUnderLoad: LoadedLatency?
    public var cpu: CPULoad?
    public var authentication: AuthenticationMethod?
    /// What a search for the capacity found; nil where none was made.
    public var downloadCapacity: CapacityResult?
    public var uploadCapacity: CapacityResult?
    /// Short words for what a reader should know of the run, such as `tls-unverified`.
    public var flags: [String]

    public init(
        runID: UUID, target: String, probe: String, kind: ProbeKind, trigger: Trigger, jobID: String? = nil,
        slot: Int64? = nil, scheduledAt: Date? = nil, startedAt: Date, duration: Duration, outcome: Outcome,
        download: TransferResult? = nil, upload: TransferResult? = nil, latency: LatencySummary? = nil,
        latencyUnderLoad: LoadedLatency? = nil, cpu: CPULoad? = nil, authentication: AuthenticationMethod? = nil,
        flags: [String] = []
    ) {
        self.runID = runID
        self.target = target
        self.probe = probe
        self.kind = kind
        self.trigger = trigger
        self.jobID = jobID
        self.slot = slot
        self.scheduledAt = scheduledAt
        self.startedAt = startedAt
        self.duration = duration
        self.outcome = outcome
        self.download = download
        self.upload = upload
        self.latency = latency
        self.latencyUnderLoad = latencyUnderLoad
        self.cpu = cpu
        self.authentication = authentication
        self.flags = flags
    }
}
