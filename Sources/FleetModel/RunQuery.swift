import Foundation

/// Which runs to read; everything that is nil does not narrow.
public struct RunQuery: Sendable, Equatable {
    /// The most rows that one call returns; what may be more is folded instead.
    public static let maxRows = 10_000

    /// Runs that started in it; its end is not in it.
    public var period: Range<Date>?
    /// Names of targets; empty finds nothing.
    public var targets: [String]?
    /// Name of the probe.
    public var probe: String?
    /// Whether to read the samples of the transfers too.
    public var includesSamples: Bool

    public init(
        period: Range<Date>? = nil, targets: [String]? = nil, probe: String? = nil, includesSamples: Bool = false
    ) {
        self.period = period
        self.targets = targets
        self.probe = probe
        self.includesSamples = includesSamples
    }
}
