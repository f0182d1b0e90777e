import Files
import FleetModel
import Foundation

/// Writes a report into a folder, each file at once: a reader sees the old one or the new one, never half of it.
public struct ReportWriter: Sendable {
    /// The folder of the period, such as `reports/2026-W10`.
    public let folder: String

    /// A web server may read the page.
    private static let fileMode: mode_t = 0o644

    public init(folder: String) {
        self.folder = folder
    }

    /// Renders the report and writes `runs.csv`, `summary.csv` and `index.html`, the page last.
    ///
    /// The folder is made where it is missing.
    ///
    /// - Returns: the path of the page.
    /// - Throws: ``ReportError``.
    @discardableResult
    public func write(_ input: ReportInput) throws(ReportError) -> String {
        let fleet = FleetSummary(input)
        let inOrder = input.results.filter { input.period.contains($0.startedAt) }.sorted(by: ProbeResult.isOlder)
        let page = try HTMLReport.render(input, fleet)
        do {
            try MadeFolder.make(folder, mode: 0o755)
        } catch {
            throw .notWritten(path: error.path, detail: error.reason)
        }
        try replace("runs.csv", with: CSVReport.runs(inOrder))
        try replace("summary.csv", with: CSVReport.summary(fleet))
        return try replace("index.html", with: page)
    }

    /// Replaces the file as a whole.
    @discardableResult
    private func replace(_ name: String, with text: String) throws(ReportError) -> String {
        let path = folder + "/" + name
        do {
            try WrittenFile.replace(path, with: Array(text.utf8), mode: Self.fileMode)
        } catch {
            throw .notWritten(path: path, detail: error.reason)
        }
        try syncFolder()
        return path
    }

    /// The new name is on the disk only when the folder is.
    private func syncFolder() throws(ReportError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error(folder) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say so; the file itself is safe by then.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.error(folder) }
    }

    private static func error(_ path: String) -> ReportError {
        .notWritten(path: path, detail: SystemError.words(errno))
    }
}
