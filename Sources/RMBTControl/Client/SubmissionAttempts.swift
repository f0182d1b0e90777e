/// How often a result is sent, and what became of it: until the server has answered for good, or patience ends.
///
/// Knows no network and no clock.
struct SubmissionAttempts {
    enum Step: Equatable {
        /// Send once more after so many seconds.
        case again(afterSeconds: Double)
        case end(ControlSubmissionOutcome)
    }

    /// Seconds before the second attempt, the third …
    private static let pauses = [0.5, 1, 2, 4]

    private var failures = 0
    /// An attempt ended in a way that leaves open whether the server has the result.
    private var mayHaveArrived = false

    /// The server said yes: it is never asked again.
    func accepted() -> Step { .end(.accepted) }

    /// - Parameter error: what the attempt brought instead of a yes.
    mutating func failed(_ error: ControlError) -> Step {
        switch error {
        case .refused(_, let status, _) where (300..<500).contains(status) && status != 408 && status != 429:
            // One submission a test: where an earlier one may have arrived, this no may be about that one's yes.
            return .end(mayHaveArrived ? .unconfirmed(error) : .refused(error))
        case .noTest: return .end(mayHaveArrived ? .unconfirmed(error) : .refused(error))
        // A second one could only be a result too many.
        case .unreadable: return .end(.unconfirmed(error))
        case .stopped, .local, .longWait: return end(error)
        case .silent, .malformed: mayHaveArrived = true
        case .unreachable, .tls, .refused, .busy: break
        }
        guard failures < Self.pauses.count else { return end(error) }
        failures += 1
        return .again(afterSeconds: Self.pauses[failures - 1])
    }

    /// Nobody will wait for another attempt.
    func gaveUp(_ error: ControlError) -> Step { end(error) }

    private func end(_ error: ControlError) -> Step {
        .end(mayHaveArrived ? .unconfirmed(error) : .failed(error))
    }
}
