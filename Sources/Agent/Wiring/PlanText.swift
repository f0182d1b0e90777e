import Foundation
import Scheduler

/// Planned starts as text.
struct PlanText {
    let starts: [PlannedStart]

    private struct Line: Encodable {
        let target: String
        let probe: String
        let job: String
        let slot: Int64
        let scheduled_at: String
        let earliest_start: String
        let latest_start: String
    }

    func text(_ format: OutputFormat) -> String {
        switch format {
        case .json: "[" + starts.map { "\n " + json($0) }.joined(separator: ",") + "\n]\n"
        case .jsonl: starts.map { json($0) + "\n" }.joined()
        case .table, .csv: table
        }
    }

    private var table: String {
        var table = TextTable(headings: ["START", "NO LATER THAN", "TARGET", "PROBE"])
        table.rows = starts.map { [time($0.earliest), time($0.latest), $0.target, $0.probe] }
        return table.text
    }

    private func json(_ start: PlannedStart) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            target: start.target, probe: start.probe, job: start.jobID, slot: start.slot,
            scheduled_at: time(start.scheduled), earliest_start: time(start.earliest), latest_start: time(start.latest))
        guard let data = try? encoder.encode(line) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    private func time(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
