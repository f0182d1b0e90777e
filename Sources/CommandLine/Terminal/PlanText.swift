import Foundation
import Reports
import Scheduler

/// Planned starts as text, a piece at a time: a long plan needs no memory.
struct PlanText {
    /// What was appended and not taken yet.
    private var text = ""
    private var count = 0
    private let format: OutputFormat
    private let nameWidth: Int

    /// Keys of the line as they stand in the output.
    private struct Line: Encodable {
        let target: String
        let probe: String
        let job: String
        let slot: Int64
        let scheduled_at: String
        let due_at: String
        let latest_at: String
        // The names of the two before they had the contract's.
        let earliest_start: String
        let latest_start: String
    }

    /// - Parameter longestName: columns of the longest name of a target.
    init(format: OutputFormat, longestName: Int) {
        self.format = format
        nameWidth = max(longestName, "TARGET".count)
        if format == .json { text = "[" }
        if format == .table || format == .csv { text = row(["START", "NO LATER THAN", "TARGET", "PROBE"]) }
    }

    /// Whether it is time to write what there is.
    var isLong: Bool { text.utf8.count > 65_536 }

    mutating func append(_ start: PlannedStart) {
        switch format {
        case .json: text += (count > 0 ? "," : "") + "\n " + json(start)
        case .jsonl: text += json(start) + "\n"
        case .table, .csv: text += row([time(start.earliest), time(start.latest), start.target, start.probe])
        }
        count += 1
    }

    mutating func finish() {
        if format == .json { text += "\n]\n" }
    }

    /// What was appended since the last time.
    mutating func take() -> String {
        defer { text = "" }
        return text
    }

    /// What others wrote cannot steer the terminal.
    private func row(_ cells: [String]) -> String {
        zip(cells.map { VisibleText.of($0) }, [24, 24, nameWidth, 0]).map { cell, width in
            cell + String(repeating: " ", count: max(width - VisibleText.columns(cell), 0))
        }.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
    }

    private func json(_ start: PlannedStart) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let (due, latest) = (time(start.earliest), time(start.latest))
        let line = Line(
            target: start.target, probe: start.probe, job: start.jobID, slot: start.slot,
            scheduled_at: time(start.scheduled), due_at: due, latest_at: latest, earliest_start: due,
            latest_start: latest)
        guard let data = try? encoder.encode(line) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    /// To the millisecond that the formula gives: rounded, since a Date lies a little beside it.
    private func time(_ date: Date) -> String { UTCTime.milliseconds(date) }
}
