import CSocket
import Glibc

/// Waiting for a socket, a stop signal and the clock at once.
public enum SocketWait {
    public enum Readiness {
        case ready, stopped, timedOut
    }

    /// Waits until the socket is ready for `events`, the signal is raised or the instant has come.
    ///
    /// - Parameters:
    ///   - descriptor: nil waits for the signal and the clock alone.
    ///   - deadline: an instant of ``MonotonicClock``.
    public static func wait(for descriptor: CInt?, _ events: CInt, stop: StopSignal, until deadline: Int64) -> Readiness
    {
        while true {
            if stop.isRaised { return .stopped }
            let left = deadline - MonotonicClock.now()
            if left <= 0 { return .timedOut }
            // Without a descriptor of its own the signal is looked at every 50 ms.
            let turn = stop.descriptor >= 0 ? left : Swift.min(left, 50_000_000)
            let mask = csocket_wait(descriptor ?? -1, CShort(truncatingIfNeeded: events), stop.descriptor, turn)
            if mask < 0 || mask & 1 != 0 { return .ready }
        }
    }

    /// Whether the socket is ready for `events` now.
    public static func isReady(_ descriptor: CInt, _ events: CInt) -> Bool {
        csocket_wait(descriptor, CShort(truncatingIfNeeded: events), -1, 0) == 1
    }

    /// The same for several sockets, of which one is enough.
    static func waitForAny(
        of descriptors: [CInt], _ events: CInt, stop: StopSignal, until deadline: Int64
    ) -> Readiness {
        if descriptors.count < 2 { return wait(for: descriptors.first, events, stop: stop, until: deadline) }
        var polled = (descriptors + [stop.descriptor]).map {
            pollfd(fd: $0, events: CShort(truncatingIfNeeded: events), revents: 0)
        }
        polled[descriptors.count].events = CShort(POLLIN)
        while true {
            if stop.isRaised { return .stopped }
            let left = deadline - MonotonicClock.now()
            if left <= 0 { return .timedOut }
            // Without a descriptor of its own the signal is looked at every 50 ms.
            let turn = Swift.min(left / 1_000_000 + 1, stop.descriptor >= 0 ? 60_000 : 50)
            guard poll(&polled, nfds_t(polled.count), CInt(turn)) > 0 else { continue }
            if polled.dropLast().contains(where: { $0.revents != 0 }) { return .ready }
        }
    }

    /// Whether the connection has failed or both its directions have ended. Unlike a read or a write it leaves the error to whoever asks
    /// the socket for it.
    public static func hasHungUp(_ descriptor: CInt) -> Bool {
        var polled = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&polled, 1, 0) > 0
    }
}
