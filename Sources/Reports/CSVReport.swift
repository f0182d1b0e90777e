import FleetModel
import Foundation
import Judgement

/// The report's tables for spreadsheets and pandas: RFC 4180, units in the header, ISO times, empty where unknown.
public enum CSVReport {
    private static let runHeader = [
        "run_id", "target", "probe", "kind", "trigger", "scheduled_at", "started_at", "duration_seconds", "outcome",
        "failure_kind", "failure", "download_mbit_per_s", "upload_mbit_per_s", "download_bytes", "upload_bytes",
        "download_connections", "upload_connections", "download_lost_packets", "upload_lost_packets",
        "latency_median_ms", "latency_p95_ms", "latency_min_ms", "latency_max_ms", "latency_jitter_ms",
        "loss_ratio", "latency_download_median_ms", "latency_upload_median_ms", "cpu_local_ratio", "cpu_remote_ratio",
        "authentication", "flags", "pings_sent", "pings_answered", "download_cap_mbit_per_s", "upload_cap_mbit_per_s",
    ]

    private static let summaryHeader = [
        "target", "group", "address", "direction", "probe", "status", "plan_mbit_per_s", "plan_met_ratio",
        "runs_due", "runs_measured", "runs_failed", "runs_skipped", "runs_missed", "rate_runs",
        "rate_median_mbit_per_s", "rate_p5_mbit_per_s", "rate_p95_mbit_per_s", "rate_min_mbit_per_s",
        "rate_max_mbit_per_s", "rate_last_mbit_per_s", "latency_runs", "latency_median_ms", "loss_ratio", "plan_runs",
    ]

    /// One row a run, in the given order: what `runs.csv` holds, and `--format csv`.
    public static func runs(_ results: [ProbeResult]) -> String {
        var table = CSVTable(header: runHeader)
        for result in results { table.append(cells(result)) }
        return table.text
    }

    /// One row a target and direction, the targets in the order of the fleet file: what `summary.csv` holds.
    ///
    /// The counts of runs are those of the whole target; `rate_runs` counts the runs that the statistics of the row
    /// take.
    public static func summary(_ input: ReportInput) -> String {
        summary(FleetSummary(input))
    }

    static func summary(_ fleet: FleetSummary) -> String {
        var table = CSVTable(header: summaryHeader)
        for target in fleet.targets {
            table.append(cells(target, target.download))
            table.append(cells(target, target.upload))
        }
        return table.text
    }

    private static func cells(_ result: ProbeResult) -> [CSVTable.Cell] {
        [
            .text(result.runID.uuidString.lowercased()), .text(result.target), .text(result.probe),
            .text(result.kind.rawValue), .text(result.trigger.rawValue), .time(result.scheduledAt),
            .time(result.startedAt), .number(result.duration.inSeconds), .text(result.outcome.name),
            .text(result.outcome.failure?.kind.rawValue), .text(result.outcome.sentence),
            megabits(result.download?.bitsPerSecond), megabits(result.upload?.bitsPerSecond),
            .integer(result.download?.bytes), .integer(result.upload?.bytes),
            .integer(result.download.map { Int64($0.connections) }),
            .integer(result.upload.map { Int64($0.connections) }), .integer(result.download?.lostPackets),
            .integer(result.upload?.lostPackets), milliseconds(result.latency?.median),
            milliseconds(result.latency?.p95), milliseconds(result.latency?.min), milliseconds(result.latency?.max),
            milliseconds(result.latency?.jitter), .number(result.latency?.lossRatio),
            milliseconds(result.latencyUnderLoad?.downloadMedian),
            milliseconds(result.latencyUnderLoad?.uploadMedian), .number(result.cpu?.local),
            .number(result.cpu?.remote), .text(result.authentication?.rawValue),
            .text(result.flags.isEmpty ? nil : result.flags.joined(separator: " ")),
            .integer(result.latency.map { Int64($0.sent) }), .integer(result.latency.map { Int64($0.count) }),
            megabits(result.download?.cap.bitsPerSecond), megabits(result.upload?.cap.bitsPerSecond),
        ]
    }

    private static func cells(_ target: TargetSummary, _ direction: DirectionSummary) -> [CSVTable.Cell] {
        func count(_ outcome: String) -> CSVTable.Cell {
            .integer(Int64(target.results.count { $0.outcome.name == outcome }))
        }
        return [
            .text(target.name), .text(target.target?.group), .text(target.target?.addressText),
            .text(direction.direction.rawValue), .text(direction.probe), .text(target.status.key),
            megabits(direction.plan?.bitsPerSecond), .number(direction.planMetRatio),
            .integer(target.coverage.due.map { Int64($0) }), count("measured"), count("failed"), count("skipped"),
            count("missed"), .integer(Int64(direction.rate.count)), megabits(direction.rate.median),
            megabits(direction.rate.p5), megabits(direction.rate.p95), megabits(direction.rate.min),
            megabits(direction.rate.max), megabits(direction.rate.last), .integer(Int64(target.latency.count)),
            milliseconds(target.latency.median), .number(target.lossRatio),
            .integer(direction.plan.map { _ in Int64(direction.judged.count) }),
        ]
    }

    private static func megabits(_ bitsPerSecond: Double?) -> CSVTable.Cell {
        .number(bitsPerSecond.map { $0 / 1e6 })
    }

    private static func milliseconds(_ seconds: Double?) -> CSVTable.Cell {
        .number(seconds.map { $0 * 1000 })
    }
}
