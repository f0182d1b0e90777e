import Files
import FleetModel
import Foundation
import Reports
import Synchronization

/// Where commands write. Neither stream ends anything: what a command records is recorded whether anybody reads it or not.
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

    /// Why standard output takes nothing any more.
    private struct Loss {
        let code: CInt
    }

    private static let loss = Mutex<Loss?>(nil)

    /// Whether something that was to be printed was not.
    static var isOutputLost: Bool { loss.withLock { $0 != nil } }

    /// Whether that is a fault, which the command's exit code tells. A reader that has enough, as in `probe runs | head`, is none.
    static var hasOutputFailed: Bool { loss.withLock { $0.map { $0.code != EPIPE } ?? false } }

    /// Data, to standard output. What cannot be written is said once, on standard error, and lost.
    static func output(_ text: String) {
        guard !isOutputSilent.load(ordering: .relaxed), !isOutputLost, let code = write(text, to: STDOUT_FILENO) else {
            return
        }
        let isFirst = loss.withLock { loss in
            defer { loss = loss ?? Loss(code: code) }
            return loss == nil
        }
        // Whoever reads has enough, as in `probe runs | head`; a full disk or a closed stream is worth a word.
        if isFirst, code != EPIPE {
            note("probe: standard output cannot be written: \(SystemError.words(code))")
        }
    }

    /// A line for people, to standard error. It may hold names and words of others, which steer nothing here.
    static func note(_ text: String) {
        if isQuiet { return }
        _ = write(VisibleText.of(text, keepsLines: true) + "\n", to: STDERR_FILENO)
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
        _ = write("\r\u{1B}[K" + VisibleText.of(text), to: STDERR_FILENO)
    }

    /// - Returns: the error number of what kept it from being written whole; nil where nothing did.
    private static func write(_ text: String, to descriptor: CInt) -> CInt? {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, rest.count > 0 {
                let written = Glibc.write(descriptor, start, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    // Somebody who shares the stream made it non-blocking.
                    var stream = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&stream, 1, 1000)
                case let code: return code == 0 ? EIO : code
                }
            }
            return nil
        }
    }
}
