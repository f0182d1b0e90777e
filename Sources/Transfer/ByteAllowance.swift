/// A budget of bytes that a transfer spends while it runs, shared by all who draw on it.
///
/// Whoever moves bytes asks before each read or write and says afterwards what it moved. Near the budget's end a turn is at most
/// 128 KiB and no more than what remains: each connection can overshoot it by one turn in each direction, 256 KiB together.
public protocol ByteAllowance: Sendable {
    /// Bytes that may still be moved; 0 or less ends the transfer, `Int.max` is no bound.
    var remaining: Int { get }

    /// Notes bytes that were moved.
    func spend(_ bytes: Int)
}

extension ByteAllowance {
    /// Whether nothing may be moved any more.
    public var isExhausted: Bool { remaining <= 0 }

    /// How many of the bytes that a read or write could move it may move; 0 where nothing may be moved.
    public func turn(of capacity: Int) -> Int {
        let remaining = remaining
        // So far from the end, all that any number of connections have under way leaves something.
        if remaining > 1 << 30 { return capacity }
        return Swift.max(Swift.min(capacity, 1 << 17, remaining), 0)
    }
}
