import Synchronization

/// A clock that a test moves by hand.
public final class HandClock: Sendable {
    private let instant: Atomic<Int64>

    public init(_ instant: Int64 = 0) {
        self.instant = Atomic(instant)
    }

    public var now: Int64 {
        get { instant.load(ordering: .relaxed) }
        set { instant.store(newValue, ordering: .relaxed) }
    }

    /// Days since 1970-01-01 for the ledger, whose clock counts seconds.
    public var day: Int {
        get { Int(now / 86_400) }
        set { now = Int64(newValue) * 86_400 }
    }
}
