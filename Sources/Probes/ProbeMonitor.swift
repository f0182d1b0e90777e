import Btest
import RMBT

/// Watches a running probe from outside, for a progress line.
public struct ProbeMonitor: Sendable {
    let btest = BtestMonitor()
    let rmbt = RMBTMonitor()

    public init() {}

    /// Bytes so far, in both directions.
    public var downloadBytes: Int64 { btest.download.bytes + rmbt.download.bytes }
    public var uploadBytes: Int64 { btest.upload.bytes + rmbt.upload.bytes }

    /// Of a btest: the instant of ``MonotonicClock`` at which data began to flow; nil before.
    public var flowingSince: Int64? { btest.flowingSince.latest }
    /// Of a btest: the peer's CPU load by its last word, 0 … 1; nil until it said one.
    public var remoteCPU: Double? { btest.remoteCPUPercent.latest.map { Double($0) / 100 } }
    /// Of a btest over UDP: datagrams that never arrived here so far; nil for TCP.
    public var lostPackets: Int64? { btest.lostPackets.latest }
}
