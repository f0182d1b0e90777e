import Synchronization

/// Counts the bytes of a running transfer, for those who watch it from another thread.
public final class ByteMeter: Sendable {
    private let count = Atomic<Int64>(0)

    public init() {}

    /// Bytes so far, over all connections that share the meter.
    public var bytes: Int64 { count.load(ordering: .relaxed) }

    public func add(_ bytes: Int) {
        count.wrappingAdd(Int64(bytes), ordering: .relaxed)
    }
}
