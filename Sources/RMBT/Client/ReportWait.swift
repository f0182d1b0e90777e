/// How long a client waits for the server's reports after the time t of an upload (specification, section 4.6).
///
/// First w_1 for all that is missing. If the server's final time has not come by then, up to w_2 more, until the reports reach
/// t - w_3. The waits begin at t and not when the kernel has taken the last chunk: on a slow line that is seconds later. The caller
/// keeps the time; nothing is waited for here.
struct ReportWait: Sendable, Equatable {
    enum Decision: Equatable {
        /// Wait so long, unless the server's final time comes before.
        case wait(nanoseconds: Int64)
        /// What was reported must do.
        case end
    }

    private enum Stage {
        /// Before t.
        case sending
        /// t has come, and w_1 runs.
        case first
        /// w_2 runs.
        case second
    }

    static let w1: Int64 = 100_000_000
    static let w2: Int64 = 3_000_000_000
    static let w3: Int64 = 1_000_000_000

    /// t, in nanoseconds.
    let duration: Int64
    private var stage = Stage.sending
    private var reportedUntil: Int64 = 0

    init(duration: Int64) {
        self.duration = duration
    }

    /// In seconds, how long the wait has been when ``waitEnded()`` says ``Decision/end`` without any report.
    static let longestSeconds = Double(w1 + w2) * 1e-9

    private var hasEnough: Bool { reportedUntil > 0 && reportedUntil >= duration - Self.w3 }

    /// t is over. What is still to be sent, the last chunk too, may be on its way or not.
    mutating func timeIsOver() -> Decision {
        stage = .first
        return .wait(nanoseconds: Self.w1)
    }

    /// - Parameter nanoseconds: the server's time in its report.
    /// - Returns: nil when nothing changes.
    mutating func reportReceived(at nanoseconds: Int64) -> Decision? {
        reportedUntil = nanoseconds
        return stage == .second && hasEnough ? .end : nil
    }

    /// The wait that the last decision asked for is over.
    mutating func waitEnded() -> Decision {
        guard stage == .first, !hasEnough else { return .end }
        stage = .second
        return .wait(nanoseconds: Self.w2)
    }
}
