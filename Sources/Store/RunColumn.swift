/// The columns of one run with its transfers and latencies, in the order in which they are selected.
enum RunColumn: Int, CaseIterable {
    case id, runID, target, probe, kind, trigger, job, slot, scheduled, started, finished, outcome, failureKind, failure
    case authentication, localCPU, remoteCPU, flags
    case downloadID, downloadRate, downloadBytes, downloadDuration, downloadConnections
    case downloadLost, downloadReordered, downloadDuplicate, downloadCap
    case uploadID, uploadRate, uploadBytes, uploadDuration, uploadConnections
    case uploadLost, uploadReordered, uploadDuplicate, uploadCap
    case idleMethod, idleMedian, idleMin, idleMax, idleP95, idleCount, idleLoss, idleJitter, idleSent
    case downloadMedian, uploadMedian

    var sql: String {
        switch self {
        case .id: "run.id"
        case .runID: "run.run_id"
        case .target: "target.name"
        case .probe: "run.probe"
        case .kind: "run.kind"
        case .trigger: "run.\"trigger\""
        case .job: "run.job"
        case .slot: "run.slot"
        case .scheduled: "run.scheduled_at"
        case .started: "run.started_at"
        case .finished: "run.finished_at"
        case .outcome: "run.outcome"
        case .failureKind: "run.failure_kind"
        case .failure: "run.failure"
        case .authentication: "run.authentication"
        case .localCPU: "run.local_cpu_ratio"
        case .remoteCPU: "run.remote_cpu_ratio"
        case .flags: "run.flags"
        case .downloadID: "down.id"
        case .downloadRate: "down.bits_per_second"
        case .downloadBytes: "down.bytes"
        case .downloadDuration: "down.duration_ns"
        case .downloadConnections: "down.connections"
        case .downloadLost: "down.lost_packets"
        case .downloadReordered: "down.reordered_packets"
        case .downloadDuplicate: "down.duplicate_packets"
        case .downloadCap: "down.cap_bits_per_second"
        case .uploadID: "up.id"
        case .uploadRate: "up.bits_per_second"
        case .uploadBytes: "up.bytes"
        case .uploadDuration: "up.duration_ns"
        case .uploadConnections: "up.connections"
        case .uploadLost: "up.lost_packets"
        case .uploadReordered: "up.reordered_packets"
        case .uploadDuplicate: "up.duplicate_packets"
        case .uploadCap: "up.cap_bits_per_second"
        case .idleMethod: "idle.method"
        case .idleMedian: "idle.median_ns"
        case .idleMin: "idle.min_ns"
        case .idleMax: "idle.max_ns"
        case .idleP95: "idle.p95_ns"
        case .idleCount: "idle.count"
        case .idleLoss: "idle.loss_ratio"
        case .idleJitter: "idle.jitter_ns"
        case .idleSent: "idle.sent"
        case .downloadMedian: "down_load.median_ns"
        case .uploadMedian: "up_load.median_ns"
        }
    }

    /// SELECT … FROM …, to be followed by WHERE and ORDER BY over `run` and `target`.
    static let select = """
        SELECT \(allCases.map(\.sql).joined(separator: ", "))
        FROM run
        JOIN target ON target.id = run.target
        LEFT JOIN transfer AS down ON down.run = run.id AND down.direction = 'download'
        LEFT JOIN transfer AS up ON up.run = run.id AND up.direction = 'upload'
        LEFT JOIN latency AS idle ON idle.run = run.id AND idle.phase = 'idle'
        LEFT JOIN latency AS down_load ON down_load.run = run.id AND down_load.phase = 'download'
        LEFT JOIN latency AS up_load ON up_load.run = run.id AND up_load.phase = 'upload'
        """
}
