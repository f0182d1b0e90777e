import FleetModel
import Foundation
import Reports
import Synchronization

/// Where commands write. A standard error that nobody takes any more ends nothing.
enum Terminal {
    private static let isSilent = Atomic(false)
    private static let isOutputSilent = Atomic(false)

    /// From now on nothing is written to standard error, logs among it (`-q`); what went wrong is told by the exit code.
    ///
    /// - Parameter output: whether standard output stays empty, too.
    static func silence(output: Bool) {
        isSilent.store(true, ordering: .relaxed)
        isOutputSilent.store(output, ordering: .relaxed)
    }

    /// Whether standard error is left alone.
    static var isQuiet: Bool { isSilent.load(ordering: .relaxed) }

    /// Data, to standard output.
    static func output(_ text: String) {
        if isOutputSilent.load(ordering: .relaxed) { return }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            // Whoever reads has enough, as in `probe runs | head`; a full disk is worth a word.
            if errno != EPIPE { note("probe: cannot write to standard output: \(SystemError.words(error))") }
            exit(ExitStatus.testFailed.rawValue)
        }
    }

    /// A line for people, to standard error. It may hold names and words of others, which steer nothing here.
    static func note(_ text: String) {
        if isQuiet { return }
        let shown = VisibleText.of(text, keepsLines: true)
        try? FileHandle.standardError.write(contentsOf: Data((shown + "\n").utf8))
    }

    static var showsProgress: Bool { !isQuiet && isatty(STDERR_FILENO) == 1 && !isDumb }

    /// Whether standard output is a terminal with colours, and nobody says that it shall show none.
    static var showsColours: Bool {
        isatty(STDOUT_FILENO) == 1 && !isDumb && Environment.value("NO_COLOR") == nil
    }

    /// A terminal without cursor movements, such as an editor's shell.
    private static var isDumb: Bool { Environment.value("TERM") == "dumb" }

    /// Replaces the progress line; an empty one removes it.
    static func progress(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(("\r\u{1B}[K" + VisibleText.of(text)).utf8))
    }
}
