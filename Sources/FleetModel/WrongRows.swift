import Foundation

/// Runs that a wrong clock wrote, as a store found them (``RunStore/markRuns(aheadOf:)``).
public struct WrongRows: Sendable, Equatable {
    /// In seconds: a clock that the network sets may be ahead by this much for a moment.
    public static let tolerance: TimeInterval = 60

    /// Their rows.
    public var ids: [Int64] = []
    /// When the latest of them says that it began; nil where there is none.
    public var latest: Date?

    public init() {}
}
