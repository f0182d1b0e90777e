import Synchronization
import Transfer

/// Watches a running test from outside: its phase, and the bytes of both directions so far.
public final class RMBTMonitor: Sendable {
    /// The phases of the specification, section 4, that touch an RMBT server.
    public enum Phase: Int, Sendable {
        case connecting = 1
        case downlinkPretest, latency, downlink, uplinkPretest, uplink
    }

    public let download = ByteMeter()
    public let upload = ByteMeter()
    private let current = Atomic<Int>(Phase.connecting.rawValue)

    public init() {}

    public var phase: Phase { Phase(rawValue: current.load(ordering: .relaxed)) ?? .connecting }

    func entered(_ phase: Phase) {
        current.store(phase.rawValue, ordering: .relaxed)
    }
}
