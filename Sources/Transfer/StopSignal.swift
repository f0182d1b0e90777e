import CSocket
import Glibc
import Synchronization

/// Tells threads that wait on sockets to end, at once and for good.
public final class StopSignal: Sendable {
    private let raised = Atomic<Bool>(false)
    /// Readable once the signal is raised; -1 when the process had no descriptor left, and then waits look at
    /// ``isRaised`` in short turns. For `poll`; not to be read, written or closed.
    public let descriptor: CInt

    public init() {
        descriptor = csocket_event()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    public var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Raises the signal; a second time changes nothing.
    public func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing), descriptor >= 0 else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Blocks the calling thread until the signal is raised or the instant of ``MonotonicClock`` has come.
    public func wait(until deadline: Int64) {
        _ = SocketWait.wait(for: nil, 0, stop: self, until: deadline)
    }
}
