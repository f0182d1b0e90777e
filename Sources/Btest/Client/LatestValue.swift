import Synchronization

/// A figure of a running test that those who watch it may ask for at any time.
public final class LatestValue: Sendable {
    /// What no figure is.
    private static let unset = Int64.min
    private let value = Atomic<Int64>(LatestValue.unset)

    public init() {}

    /// The latest figure; nil until there is one.
    public var latest: Int64? {
        let value = value.load(ordering: .relaxed)
        return value == Self.unset ? nil : value
    }

    public func set(_ latest: Int64) {
        value.store(latest, ordering: .relaxed)
    }
}
