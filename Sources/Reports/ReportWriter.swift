import FleetModel
import Foundation

/// Writes a report into a folder, each file at once: a reader sees the old one or the new one, never half of it.
public struct ReportWriter: Sendable {
    /// The folder of the period, such as `reports/2026-W10`.
    public let folder: String

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
        let inOrder = fleet.targets.flatMap(\.results).sorted(by: ProbeResult.isOlder)
        let page = try HTMLReport.render(input, fleet)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .notWritten(path: folder, detail: error.localizedDescription)
        }
        try replace("runs.csv", with: CSVReport.runs(inOrder))
        try replace("summary.csv", with: CSVReport.summary(fleet))
        return try replace("index.html", with: page)
    }

    /// Writes beside the file, waits for the disk, then takes the file's name.
    @discardableResult
    private func replace(_ name: String, with text: String) throws(ReportError) -> String {
        let path = folder + "/" + name
        let temporary = folder + "/." + name + "." + UUID().uuidString
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.error(path) }
        var isNamed = false
        defer { if !isNamed { unlink(temporary) } }
        do {
            let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
            try file.close()
        } catch {
            throw .notWritten(path: path, detail: error.localizedDescription)
        }
        guard rename(temporary, path) == 0 else { throw Self.error(path) }
        isNamed = true
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
        .notWritten(path: path, detail: String(cString: strerror(errno)))
    }
}
