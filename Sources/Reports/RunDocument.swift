import FleetModel
import Foundation
import Judgement

/// One run as JSON, schema version 1: every key is always there, what is unknown is null, numbers are numbers.
///
/// `reason` is the sentence of a run that was skipped or missed; such a run has no failure.
public struct RunDocument: Encodable, Sendable {
    /// Grows when a key changes its meaning; new keys do not change it.
    public static let schemaVersion = 1

    let value: JSONValue

    /// - Parameters:
    ///   - isStored: whether the store has the run.
    ///   - includingSamples: whether the samples of the transfers are listed; else `samples` is an empty array.
    public init(_ result: ProbeResult, isStored: Bool = true, includingSamples: Bool = false) {
        value = .object([
            "schema_version": .integer(Int64(Self.schemaVersion)),
            "run_id": .text(result.runID.uuidString.lowercased()),
            "target": .text(result.target),
            "probe": .text(result.probe),
            "kind": .text(result.kind.rawValue),
            "trigger": .text(result.trigger.rawValue),
            "job": .orNull(result.jobID),
            "slot": .orNull(result.slot),
            "scheduled_at": .orNull(result.scheduledAt.map(UTCTime.milliseconds)),
            "stored": .boolean(isStored),
            "started_at": .text(UTCTime.milliseconds(result.startedAt)),
            "duration_seconds": .orNull(result.duration.inSeconds),
            "outcome": .text(result.outcome.name),
            "failure": Self.failure(result.outcome),
            "reason": .orNull(result.outcome.reason),
            "download": Self.transfer(result.download, includingSamples),
            "upload": Self.transfer(result.upload, includingSamples),
            "latency": Self.latency(result.latency),
            "latency_under_load": Self.latencyUnderLoad(result.latencyUnderLoad),
            "cpu": Self.cpu(result.cpu),
            "capacity": Self.capacity(result.downloadCapacity, result.uploadCapacity),
            "authentication": .orNull(result.authentication?.rawValue),
            "flags": .array(result.flags.map { .text($0) }),
        ])
    }

    public func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
    }

    private static func failure(_ outcome: ProbeResult.Outcome) -> JSONValue {
        guard case .failed(let failure) = outcome else { return .null }
        return .object(["kind": .text(failure.kind.rawValue), "message": .text(failure.message)])
    }

    private static func transfer(_ transfer: TransferResult?, _ includingSamples: Bool) -> JSONValue {
        guard let transfer else { return .null }
        let samples = includingSamples ? transfer.samples : []
        return .object([
            "bits_per_second": .orNull(transfer.bitsPerSecond),
            "bytes": .integer(transfer.bytes),
            "duration_seconds": .orNull(transfer.duration.inSeconds),
            "connections": .integer(Int64(transfer.connections)),
            "lost_packets": .orNull(transfer.lostPackets),
            "reordered_packets": .orNull(transfer.reorderedPackets),
            "duplicate_packets": .orNull(transfer.duplicatePackets),
            "samples": .array(
                samples.map {
                    .object([
                        "connection": .integer(Int64($0.connection)), "t_ns": .integer($0.nanoseconds),
                        "bytes": .integer($0.bytes),
                    ])
                }),
            "cap_bits_per_second": .orNull(transfer.cap.bitsPerSecond),
        ])
    }

    private static func latency(_ latency: LatencySummary?) -> JSONValue {
        guard let latency else { return .null }
        return .object([
            "median_seconds": .orNull(latency.median),
            "min_seconds": .orNull(latency.min),
            "max_seconds": .orNull(latency.max),
            "p95_seconds": .orNull(latency.p95),
            "count": .integer(Int64(latency.count)),
            "loss_ratio": .orNull(latency.lossRatio),
            "method": .text(latency.method.rawValue),
            "jitter_seconds": .orNull(latency.jitter),
            "spread_seconds": .orNull(latency.spread),
            "client_median_seconds": .orNull(latency.clientMedian),
            "sent": .integer(Int64(latency.sent)),
        ])
    }

    private static func latencyUnderLoad(_ latency: ProbeResult.LoadedLatency?) -> JSONValue {
        guard let latency else { return .null }
        return .object([
            "download_median_seconds": .orNull(latency.downloadMedian),
            "upload_median_seconds": .orNull(latency.uploadMedian),
        ])
    }

    private static func capacity(_ download: CapacityResult?, _ upload: CapacityResult?) -> JSONValue {
        guard download != nil || upload != nil else { return .null }
        return .object(["download": capacity(download), "upload": capacity(upload)])
    }

    private static func capacity(_ result: CapacityResult?) -> JSONValue {
        guard let result else { return .null }
        return .object([
            "bits_per_second": .orNull(result.bitsPerSecond),
            "at_least": .boolean(result.isAtLeast),
            "ending": .text(result.ending),
            "steps": .array(
                result.steps.map {
                    .object([
                        "asked_bits_per_second": .orNull($0.askedBitsPerSecond),
                        "received_bits_per_second": .orNull($0.receivedBitsPerSecond),
                        "loss_ratio": .orNull($0.lossRatio),
                    ])
                }),
        ])
    }

    private static func cpu(_ load: ProbeResult.CPULoad?) -> JSONValue {
        guard let load else { return .null }
        return .object(["local_ratio": .orNull(load.local), "remote_ratio": .orNull(load.remote)])
    }
}
