import Synchronization

/// A sender's limit, which others may change while it sends.
public final class AdjustableRate: Sendable {
    private let pattern: Atomic<UInt64>

    /// - Parameter bitsPerSecond: nil is no limit.
    public init(_ bitsPerSecond: Double? = nil) {
        pattern = Atomic((bitsPerSecond ?? .infinity).bitPattern)
    }

    /// bit/s; nil is no limit.
    public var bitsPerSecond: Double? {
        get {
            let value = Double(bitPattern: pattern.load(ordering: .relaxed))
            return value.isFinite ? value : nil
        }
        set { pattern.store((newValue ?? .infinity).bitPattern, ordering: .relaxed) }
    }
}
