/// What is to be told of a run that waits.
public enum WaitingNews: Sendable, Equatable {
    /// It is due and does not start yet; the sentence says what it waits for.
    case began(String)
    /// It was asked for, and no opening came in time.
    case gaveUp(String)
}
