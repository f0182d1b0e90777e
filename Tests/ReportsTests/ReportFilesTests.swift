import Foundation
import Testing
import TestSupport

@testable import Reports

@Suite("The files of a report as text")
struct ReportFilesTests {
    @Test("The page comes last, when the tables are there already")
    func order() throws {
        #expect(try ReportFiles.render(Runs.input([], [])).map(\.name) == ["runs.csv", "summary.csv", "index.html"])
    }

    @Test("runs.csv has the runs of the period alone, oldest first")
    func runs() throws {
        let files = try ReportFiles.render(
            Runs.input([], [Runs.measured(5, target: "b"), Runs.measured(2), Runs.measured(-3)]))
        let text = try #require(files.first { $0.name == "runs.csv" }).text
        #expect(try #require(CSVReportTests.parse(text)).dropFirst().map { $0[1] } == ["a", "b"])
    }
}
