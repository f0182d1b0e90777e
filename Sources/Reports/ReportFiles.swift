import FleetModel
import Judgement

/// The files of a report, as text.
package enum ReportFiles {
    /// The page for people.
    package static let page = "index.html"

    /// `runs.csv`, `summary.csv` and `index.html`, in the order in which they are to be written: the page last.
    ///
    /// - Throws: ``ReportError`` for a broken build; never on account of the input.
    package static func render(_ input: ReportInput) throws(ReportError) -> [(name: String, text: String)] {
        let fleet = FleetSummary(input)
        let inOrder = input.results.filter { input.period.contains($0.startedAt) }.sorted(by: ProbeResult.isOlder)
        let page = try HTMLReport.render(input, fleet)
        return [
            ("runs.csv", CSVReport.runs(inOrder)), ("summary.csv", CSVReport.summary(fleet)), (Self.page, page),
        ]
    }
}
