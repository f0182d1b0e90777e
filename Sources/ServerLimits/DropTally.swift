/// Lets one line a second be told of the connections that a server drops: a flood of them must not become a flood of lines.
public struct DropTally: Sendable {
    private static let interval: Int64 = 1_000_000_000

    private var toldAt: Int64?
    private var untold = 0

    public init() {}

    /// A connection was dropped.
    ///
    /// - Parameter now: an instant in nanoseconds, of a clock that never jumps.
    /// - Returns: how many were not told since the last line, when this one is to be told; else nil.
    public mutating func dropped(at now: Int64) -> Int? {
        if let toldAt, now - toldAt < Self.interval {
            untold += 1
            return nil
        }
        defer { (toldAt, untold) = (now, 0) }
        return untold
    }
}
