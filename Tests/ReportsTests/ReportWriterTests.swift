import Foundation
import Testing

@testable import Reports

@Suite("Files of a report")
struct ReportWriterTests {
    @Test("Three files take their names at once, and nothing else is left; a second report replaces the first")
    func written() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = ReportWriter(folder: folder + "/2026-W10")
        try writer.write(Runs.input([], [Runs.measured(0, target: "first")]))
        #expect(try writer.write(Runs.input([], [Runs.measured(0, target: "second")])) == writer.folder + "/index.html")
        let names = try FileManager.default.contentsOfDirectory(atPath: writer.folder)
        #expect(names.sorted() == ["index.html", "runs.csv", "summary.csv"])
        for name in names {
            let text = try String(contentsOfFile: writer.folder + "/" + name, encoding: .utf8)
            #expect(text.contains("second") && !text.contains("first()") && !text.contains(",first,"))
        }
    }

    @Test("runs.csv has the runs of the period alone, oldest first")
    func runs() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ReportWriter(folder: folder).write(
            Runs.input([], [Runs.measured(5, target: "b"), Runs.measured(2), Runs.measured(-3)]))
        let text = try String(contentsOfFile: folder + "/runs.csv", encoding: .utf8)
        #expect(try #require(CSVReportTests.parse(text)).dropFirst().map { $0[1] } == ["a", "b"])
    }

    @Test("A folder that cannot be made is said in one sentence")
    func notWritten() {
        let error = #expect(throws: ReportError.self) {
            try ReportWriter(folder: "/dev/null/reports").write(Runs.input([], []))
        }
        #expect(error?.description.hasPrefix("the report /dev/null/reports could not be written: ") == true)
    }
}
