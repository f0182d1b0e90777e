/// What became of a result that was sent to a Control Server. The measurement is kept whatever it is.
public enum ControlSubmissionOutcome: Sendable, Equatable {
    case accepted
    /// The server has said no, for good.
    case refused(ControlError)
    /// It could not be delivered.
    case failed(ControlError)
    /// It was sent and never answered for; to send it again could only be refused.
    case unconfirmed(ControlError)
}
