import Foundation

/// Where commands write. A standard error that nobody takes any more ends nothing.
enum Terminal {
    /// Data, to standard output.
    static func output(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            // Whoever reads has enough, as in `probe runs | head`; a full disk is worth a word.
            if errno != EPIPE { note("probe: cannot write to standard output: \(error.localizedDescription)") }
            exit(ExitStatus.testFailed.rawValue)
        }
    }

    /// A line for people, to standard error.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Replaces the progress line; an empty one removes it.
    static func progress(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(("\r\u{1B}[K" + text).utf8))
    }
}
