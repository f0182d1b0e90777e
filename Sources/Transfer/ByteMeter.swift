import Synchronization

/// Counts the bytes of a running transfer, for those who watch it from another thread.
public final class ByteMeter: Sendable {
    private let count = Atomic<Int64>(0)
    private let instant = Atomic<Int64>(0)

    public init() {}

    /// Bytes so far, over all connections that share the meter.
    public var bytes: Int64 { count.load(ordering: .relaxed) }

    /// When the last bytes came whose instant was told, by ``MonotonicClock``; nil before.
    public var lastAt: Int64? {
        let last = instant.load(ordering: .relaxed)
        return last != 0 ? last : nil
    }

    public func add(_ bytes: Int) {
        count.wrappingAdd(Int64(bytes), ordering: .relaxed)
    }

    /// - Parameter now: an instant of ``MonotonicClock``.
    public func add(_ bytes: Int, at now: Int64) {
        add(bytes)
        instant.store(now, ordering: .relaxed)
    }
}
