import Transfer

/// Watches a running test from outside: bytes so far in both directions, and what the peer says of itself.
public struct BtestMonitor: Sendable {
    public let download = ByteMeter()
    public let upload = ByteMeter()
    /// The instant of ``MonotonicClock`` at which data began to flow.
    public let flowingSince = LatestValue()
    /// The peer's CPU load by its last status, 0 … 100 %.
    public let remoteCPUPercent = LatestValue()
    /// UDP datagrams that never arrived here, so far.
    public let lostPackets = LatestValue()
    /// The address that answered, of a name that may have several.
    public let peer = LatestPeer()

    public init() {}
}
