import FleetModel
import Foundation
import GRDB

/// Writes results inside one transaction, with statements that are compiled once a connection.
struct RunWriter {
    private let db: Database
    private let configurationHash: String?
    private let findTarget: Statement
    private let addTarget: Statement
    private let addRun: Statement
    private let addTransfer: Statement
    private let addLatency: Statement
    private let addSample: Statement

    init(_ db: Database, configurationHash: String?) throws {
        self.db = db
        self.configurationHash = configurationHash
        findTarget = try db.cachedStatement(sql: "SELECT id FROM target WHERE name = ?")
        addTarget = try db.cachedStatement(sql: "INSERT INTO target (name, first_seen_at) VALUES (?, ?)")
        // Both conflicts there can be, of the slot and of the run id, mean that the run is in the store.
        addRun = try db.cachedStatement(
            sql: """
                INSERT INTO run (run_id, target, probe, kind, "trigger", job, slot, scheduled_at, started_at,
                    finished_at, outcome, failure_kind, failure, authentication, local_cpu_ratio, remote_cpu_ratio,
                    flags, configuration_hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """)
        addTransfer = try db.cachedStatement(
            sql: """
                INSERT INTO transfer (run, direction, bits_per_second, bytes, duration_ns, connections, lost_packets,
                    reordered_packets, duplicate_packets, cap_bits_per_second)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        addLatency = try db.cachedStatement(
            sql: """
                INSERT INTO latency (run, phase, method, median_ns, min_ns, max_ns, p95_ns, count, loss_ratio, jitter_ns,
                    sent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        addSample = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO sample (transfer, connection, t_ns, bytes) VALUES (?, ?, ?, ?)")
    }

    func record(_ found: ProbeResult) throws -> RecordAnswer {
        let result = found.asKept
        let started = StoreTime.nanoseconds(of: result.startedAt)
        let target = try targetID(result.target, seenAt: started)
        let (failureKind, failure) = Self.reason(result.outcome)
        try addRun.execute(arguments: [
            result.runID.uuidString.lowercased(), target, result.probe, result.kind.rawValue, result.trigger.rawValue,
            result.jobID, result.slot,
            result.scheduledAt.map(StoreTime.nanoseconds(of:)), started,
            StoreTime.end(of: started, lasting: StoreTime.nanoseconds(of: result.duration)), result.outcome.name,
            failureKind, failure, result.authentication?.rawValue, result.cpu?.local?.finite,
            result.cpu?.remote?.finite, result.flags.joined(separator: " "), configurationHash,
        ])
        guard db.changesCount > 0 else { return .alreadyRecorded }
        let run = db.lastInsertedRowID
        if let download = result.download { try add(download, .download, run) }
        if let upload = result.upload { try add(upload, .upload, run) }
        try addLatencies(of: result, run)
        if let capacity = result.downloadCapacity { try CapacityRows.write(db, capacity, .download, run: run) }
        if let capacity = result.uploadCapacity { try CapacityRows.write(db, capacity, .upload, run: run) }
        return .recorded
    }

    private func targetID(_ name: String, seenAt time: Int64) throws -> Int64 {
        if let known = try Int64.fetchOne(findTarget, arguments: [name]) { return known }
        try addTarget.execute(arguments: [name, time])
        return db.lastInsertedRowID
    }

    private func add(_ transfer: TransferResult, _ direction: TransferDirection, _ run: Int64) throws {
        try addTransfer.execute(arguments: [
            run, direction.rawValue, transfer.bitsPerSecond, transfer.bytes,
            StoreTime.nanoseconds(of: transfer.duration), transfer.connections, transfer.lostPackets,
            transfer.reorderedPackets, transfer.duplicatePackets, Self.column(transfer.cap),
        ])
        let id = db.lastInsertedRowID
        for sample in transfer.samples {
            try addSample.execute(arguments: [id, sample.connection, sample.nanoseconds, sample.bytes])
        }
    }

    private func addLatencies(of result: ProbeResult, _ run: Int64) throws {
        if let idle = result.latency {
            try addLatency.execute(arguments: [
                run, LatencyPhase.idle.rawValue, idle.method.rawValue,
                idle.median.flatMap(StoreTime.nanoseconds(ofSeconds:)),
                idle.min.flatMap(StoreTime.nanoseconds(ofSeconds:)),
                idle.max.flatMap(StoreTime.nanoseconds(ofSeconds:)),
                idle.p95.flatMap(StoreTime.nanoseconds(ofSeconds:)), idle.count, idle.lossRatio.finite,
                idle.jitter.flatMap(StoreTime.nanoseconds(ofSeconds:)), idle.sent,
            ])
        }
        let loaded: [(LatencyPhase, Double?)] = [
            (.download, result.latencyUnderLoad?.downloadMedian), (.upload, result.latencyUnderLoad?.uploadMedian),
        ]
        for (phase, seconds) in loaded {
            guard let median = seconds.flatMap(StoreTime.nanoseconds(ofSeconds:)) else { continue }
            try addLatency.execute(arguments: [run, phase.rawValue, nil, median, nil, nil, nil, nil, nil, nil, nil])
        }
    }

    /// NULL is unknown, 0 no cap.
    private static func column(_ cap: RateCap) -> Double? {
        switch cap {
        case .unknown: nil
        case .none: 0
        case .limited(let rate): rate.bitsPerSecond.finite
        }
    }

    private static func reason(_ outcome: ProbeResult.Outcome) -> (kind: String?, sentence: String?) {
        switch outcome {
        case .measured: (nil, nil)
        case .failed(let failure): (failure.kind.rawValue, failure.message)
        case .skipped(let sentence), .missed(let sentence): (nil, sentence)
        }
    }
}
