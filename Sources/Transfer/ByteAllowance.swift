/// A budget of bytes that a transfer spends while it runs, shared by all who draw on it.
///
/// Whoever moves bytes asks before each read or write of at most 128 KiB (``ByteAllowanceTurn``) and says afterwards what it
/// moved: each connection can overshoot the budget by one turn in each direction, 256 KiB together, and no more.
public protocol ByteAllowance: Sendable {
    /// Whether nothing may be moved any more.
    var isExhausted: Bool { get }

    /// Notes bytes that were moved.
    func spend(_ bytes: Int)
}

/// One read or write under a ``ByteAllowance``.
enum ByteAllowanceTurn {
    /// In bytes.
    static let largest = 1 << 17
}
