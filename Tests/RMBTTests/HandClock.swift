import Synchronization

/// A clock that a test moves by hand.
final class HandClock: Sendable {
    private let instant = Atomic<Int64>(0)

    var now: Int64 {
        get { instant.load(ordering: .relaxed) }
        set { instant.store(newValue, ordering: .relaxed) }
    }
}
