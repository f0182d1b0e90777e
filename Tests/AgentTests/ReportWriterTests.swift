import FleetModel
import Foundation
import Reports
import TestSupport
import Testing

@testable import Agent

@Suite("Files of a report")
struct ReportWriterTests {
    private static func input(_ runs: [ProbeResult]) -> ReportInput {
        ReportInput(period: Runs.week, generatedAt: Runs.week.upperBound, targets: [], results: runs)
    }

    @Test("Three files take their names at once, and nothing else is left; a second report replaces the first")
    func written() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = ReportWriter(folder: folder + "/2026-W10")
        try writer.write(Self.input([Runs.measured(0, target: "first")]))
        #expect(try writer.write(Self.input([Runs.measured(0, target: "second")])) == writer.folder + "/index.html")
        let names = try FileManager.default.contentsOfDirectory(atPath: writer.folder)
        #expect(names.sorted() == ["index.html", "runs.csv", "summary.csv"])
        for name in names {
            let text = try String(contentsOfFile: writer.folder + "/" + name, encoding: .utf8)
            #expect(text.contains("second") && !text.contains("first()") && !text.contains(",first,"))
        }
    }

    @Test("A folder that cannot be made is said in one sentence")
    func notWritten() {
        let error = #expect(throws: ReportWriter.Failure.self) {
            try ReportWriter(folder: "/dev/null/reports").write(Self.input([]))
        }
        #expect(error?.description.hasPrefix("the report /dev/null/reports could not be written: ") == true)
    }
}
