import FleetModel
import Judgement
import Mustache

/// One row of the table of all targets.
struct TargetRow {
    let anchor: String
    let targetName: String
    let groupText: String?
    let word: String
    let tone: String
    /// Download, upload, latency, loss, coverage, plan met: in the order of the columns.
    let figures: [ReportFigure]

    init(_ target: TargetSummary, anchor: String) {
        self.anchor = anchor
        targetName = target.name
        groupText = target.target?.group
        word = target.status.word
        tone = target.status.tone
        let coverage = target.coverage
        figures = [
            ReportFigure(target.download.rate, range: true, NumberText.megabits),
            ReportFigure(target.upload.rate, range: true, NumberText.megabits),
            ReportFigure(target.latency, NumberText.milliseconds),
            ReportFigure(target.lossRatio.map(NumberText.lossPercent)),
            ReportFigure(Self.text(coverage.measured, of: coverage.due)),
            ReportFigure(target.planMetRatio.map(NumberText.percent)),
        ]
    }

    private static func text(_ measured: Int, of due: Int?) -> String? {
        guard let due else { return measured == 0 ? nil : "\(measured)" }
        return due == 0 && measured == 0 ? nil : "\(measured) of \(due)"
    }
}

extension TargetRow: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "anchor": anchor
        case "targetName": targetName
        case "groupText": groupText
        case "word": word
        case "tone": tone
        case "figures": figures
        default: nil
        }
    }
}
