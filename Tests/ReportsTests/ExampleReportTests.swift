import Foundation
import Reports
import Testing

/// With RENDER_EXAMPLE=1 in the environment this test writes the example instead of comparing it.
@Suite("The example report in reports/example")
struct ExampleReportTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("reports/example").path

    @Test("It is what the code renders today", arguments: ["index.html", "runs.csv", "summary.csv"])
    func isCurrent(_ file: String) throws {
        let fresh = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: fresh) }
        if ProcessInfo.processInfo.environment["RENDER_EXAMPLE"] == "1" {
            try ReportWriter(folder: Self.folder).write(ExampleFleet.input)
        }
        try ReportWriter(folder: fresh).write(ExampleFleet.input)
        let committed = FileManager.default.contents(atPath: "\(Self.folder)/\(file)")
        #expect(committed == FileManager.default.contents(atPath: "\(fresh)/\(file)"))
    }
}
