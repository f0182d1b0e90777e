import Files
import Foundation
import Reports

/// Writes a report into a folder, each file at once: a reader sees the old one or the new one, never half of it.
package struct ReportWriter: Sendable {
    /// The folder of the period, such as `reports/2026-W10`.
    package let folder: String

    /// Why a report is not there, as one sentence for people.
    package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case notRendered(ReportError)
        case notWritten(path: String, detail: String)

        package var description: String {
            switch self {
            case .notRendered(let error): error.description
            case .notWritten(let path, let detail): "the report \(path) could not be written: \(detail)"
            }
        }
    }

    /// A web server may read the page.
    private static let fileMode: mode_t = 0o644

    package init(folder: String) {
        self.folder = folder
    }

    /// Renders the report and writes `runs.csv`, `summary.csv` and `index.html`, the page last.
    ///
    /// The folder is made where it is missing.
    ///
    /// - Returns: the path of the page.
    /// - Throws: ``Failure``.
    @discardableResult
    package func write(_ input: ReportInput) throws(Failure) -> String {
        let files: [(name: String, text: String)]
        do {
            files = try ReportFiles.render(input)
        } catch {
            throw .notRendered(error)
        }
        do {
            try MadeFolder.make(folder, mode: 0o755)
        } catch {
            throw .notWritten(path: error.path, detail: error.reason)
        }
        for (name, text) in files { try replace(name, with: text) }
        return folder + "/" + ReportFiles.page
    }

    /// Replaces the file as a whole.
    private func replace(_ name: String, with text: String) throws(Failure) {
        let path = folder + "/" + name
        do {
            try WrittenFile.replace(path, with: Array(text.utf8), mode: Self.fileMode)
        } catch {
            throw .notWritten(path: path, detail: error.reason)
        }
        try syncFolder()
    }

    /// The new name is on the disk only when the folder is.
    private func syncFolder() throws(Failure) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.error(folder) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say so; the file itself is safe by then.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.error(folder) }
    }

    private static func error(_ path: String) -> Failure {
        .notWritten(path: path, detail: SystemError.words(errno))
    }
}
