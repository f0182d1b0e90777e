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
}
