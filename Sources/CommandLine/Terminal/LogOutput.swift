import Dispatch
import Foundation
import Synchronization

/// Takes log lines to standard error, away from those who log: a reader that stops reading must not stop a server.
///
/// Lines wait in order, at most ``most`` of them; beyond that new ones are dropped, and their number is told once there is room.
final class LogOutput: Sendable {
    private struct State {
        var waiting = 0
        var dropped = 0
    }

    /// Written out when the process ends in order.
    static let standardError: LogOutput = {
        atexit { LogOutput.standardError.flush(within: .seconds(1)) }
        return LogOutput { line in
            if Terminal.isQuiet { return }
            // A log that nobody can take must not end the agent.
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }()

    /// For lines that are printed while tests run: whoever reads them slowly holds no test and no record up.
    static let standardOutput = LogOutput { Terminal.output($0) }

    /// Lines that wait.
    static let most = 10_000

    private let queue = DispatchQueue(label: "log")
    private let state = Mutex(State())
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: writes a line with its ending; may block.
    init(to sink: @escaping @Sendable (String) -> Void) {
        self.sink = sink
    }

    /// Takes a line without its ending, and returns at once.
    func write(_ line: String) {
        let isTaken = state.withLock { state in
            guard state.waiting < Self.most else {
                state.dropped += 1
                return false
            }
            state.waiting += 1
            return true
        }
        guard isTaken else { return }
        queue.async { [self] in
            sink(line + "\n")
            let dropped = state.withLock { state in
                state.waiting -= 1
                defer { state.dropped = 0 }
                return state.dropped
            }
            if dropped > 0 { sink("\(dropped) log lines were dropped: nobody read them in time\n") }
        }
    }

    /// Waits until all that was taken is written, but no longer than that.
    func flush(within time: DispatchTimeInterval) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + time)
    }
}
