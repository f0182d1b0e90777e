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
        let fresh = try #require(try ReportFiles.render(ExampleFleet.input).first { $0.name == file }).text
        if ProcessInfo.processInfo.environment["RENDER_EXAMPLE"] == "1" {
            try fresh.write(toFile: "\(Self.folder)/\(file)", atomically: true, encoding: .utf8)
        }
        let committed = FileManager.default.contents(atPath: "\(Self.folder)/\(file)")
        #expect(committed == Data(fresh.utf8))
    }
}
