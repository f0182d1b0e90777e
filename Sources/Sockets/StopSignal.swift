import CSocket
import Glibc
import Synchronization

/// Tells threads that wait on sockets to end, at once and for good.
public final class StopSignal: Sendable {
    private struct Observers {
        var last = 0
        var bodies: [Int: @Sendable () -> Void] = [:]
    }

    private let raised = Atomic<Bool>(false)
    private let observers = Mutex(Observers())
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
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if descriptor >= 0 {
            var one: UInt64 = 1
            _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
        }
        let bodies = observers.withLock { observers in
            defer { observers.bodies = [:] }
            return Array(observers.bodies.values)
        }
        for body in bodies { body() }
    }

    /// Calls `body` once when the signal is raised, on whatever thread raises it; it must not wait. Where the signal is raised already it
    /// may not be called: look at ``isRaised`` afterwards.
    ///
    /// - Returns: the observer's number, for ``forget(_:)``.
    package func observe(_ body: @escaping @Sendable () -> Void) -> Int {
        observers.withLock { observers in
            observers.last += 1
            observers.bodies[observers.last] = body
            return observers.last
        }
    }

    /// Lets go of an observer.
    package func forget(_ observer: Int) {
        observers.withLock { $0.bodies[observer] = nil }
    }

    /// Blocks the calling thread until the signal is raised or the instant of ``MonotonicClock`` has come.
    public func wait(until deadline: Int64) {
        _ = SocketWait.wait(for: nil, 0, stop: self, until: deadline)
    }
}
