import Transfer

/// Watches a running test from outside: bytes so far in both directions.
public struct BtestMonitor: Sendable {
    public let download = ByteMeter()
    public let upload = ByteMeter()

    public init() {}
}
