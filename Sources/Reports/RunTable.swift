import FleetModel
import Judgement

/// Runs as a plain table for a terminal: aligned columns, one run a line, the sentence of a run that measured nothing
/// last.
public enum RunTable {
    /// How a cell is drawn; the codes are those of ANSI terminals.
    private enum Tone: String {
        case plain = ""
        case heading = "\u{1B}[1m"
        case good = "\u{1B}[32m"
        case bad = "\u{1B}[31m"
        case warn = "\u{1B}[33m"
    }

    private struct Cell {
        var text: String
        var tone = Tone.plain
    }

    private static let headings = [
        "STARTED", "TARGET", "PROBE", "OUTCOME", "DOWNLOAD", "UPLOAD", "LATENCY", "LOADED", "LOSS", "NOTE",
    ]
    /// Columns of numbers, which stand at the right edge.
    private static let numeric: Set<Int> = [4, 5, 6, 7, 8]

    /// Draws the runs in the given order.
    ///
    /// - Parameters:
    ///   - colour: whether outcomes are coloured by ANSI codes; text of others never carries any.
    /// - Returns: lines with a line feed after each; only the headings for no runs.
    public static func text(_ results: [ProbeResult], colour: Bool = false) -> String {
        let rows = [headings.map { Cell(text: $0, tone: .heading) }] + results.map(row)
        let widths = headings.indices.map { column in rows.map { VisibleText.columns($0[column].text) }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let isLast = column == row.count - 1
                let space = String(repeating: " ", count: isLast ? 0 : widths[column] - VisibleText.columns(cell.text))
                let drawn = colour && cell.tone != .plain ? cell.tone.rawValue + cell.text + "\u{1B}[0m" : cell.text
                return numeric.contains(column) ? space + drawn : drawn + space
            }
            return cells.joined(separator: "  ").trimmingTrailingSpaces
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ result: ProbeResult) -> [Cell] {
        let tone: Tone =
            switch result.outcome {
            case .measured: .good
            case .failed: .bad
            case .skipped, .missed: .warn
            }
        let rate = { (transfer: TransferResult?) in
            Cell(text: transfer.map { NumberText.rate($0.bitsPerSecond) } ?? NumberText.unknown)
        }
        let latency = result.latency?.median.map { NumberText.milliseconds($0) + " ms" }
        let loss = result.latency.map { NumberText.lossPercent($0.lossRatio) }
        let remarks = result.outcome.sentence ?? result.flags.joined(separator: " ")
        let note = [remarks, packets(result)].filter { !$0.isEmpty }.joined(separator: "; ")
        return [
            Cell(text: String(UTCTime.seconds(result.startedAt))), Cell(text: VisibleText.of(result.target)),
            Cell(text: VisibleText.of(result.probe)),
            Cell(text: result.outcome.failure?.kind.rawValue ?? result.outcome.name, tone: tone),
            rate(result.download), rate(result.upload), Cell(text: latency ?? NumberText.unknown),
            Cell(text: loaded(result.latencyUnderLoad) ?? NumberText.unknown),
            Cell(text: loss ?? NumberText.unknown), Cell(text: VisibleText.of(note)),
        ]
    }

    /// What became of UDP's packets, where not all of them came once and in order.
    private static func packets(_ result: ProbeResult) -> String {
        [("download", result.download), ("upload", result.upload)].compactMap { name, transfer in
            let counts = [
                ("lost", transfer?.lostPackets), ("reordered", transfer?.reorderedPackets),
                ("duplicate", transfer?.duplicatePackets),
            ].compactMap { word, count in count.flatMap { $0 > 0 ? "\($0) \(word)" : nil } }
            return counts.isEmpty ? nil : "\(name) packets: " + counts.joined(separator: ", ")
        }.joined(separator: "; ")
    }

    /// The median under load; of both directions where they were filled one after the other.
    private static func loaded(_ latency: ProbeResult.LoadedLatency?) -> String? {
        let medians = [latency?.downloadMedian, latency?.uploadMedian].compactMap(\.self)
            .map(NumberText.milliseconds)
        guard let first = medians.first, let last = medians.last else { return nil }
        return (first == last ? first : first + "/" + last) + " ms"
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
