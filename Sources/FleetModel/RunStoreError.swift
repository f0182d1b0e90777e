/// Why a store did not do what it was asked, as one sentence for people.
public protocol RunStoreError: Error, CustomStringConvertible {
    /// The store is locked, full or away: what it refused now it may take later. False where the row may be to blame.
    var isOfTheStore: Bool { get }

    /// What whoever asked can do about it.
    var kind: RunStoreErrorKind { get }
}

/// What can be done about a store that did not do what it was asked.
public enum RunStoreErrorKind: Sendable {
    /// Try again later: it is locked, its disk is full, or another agent has it.
    case busy
    /// What is in it cannot be read: it is damaged, or holds what this version does not know.
    case unreadable
    /// Name another store, or change what keeps it from being used.
    case unusable
}
