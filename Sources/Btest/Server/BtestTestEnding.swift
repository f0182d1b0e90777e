import Sockets
import Synchronization

/// Ends all connections of a test at once, and keeps the first reason for it.
final class BtestTestEnding: Sendable {
    let stop = StopSignal()
    private let first = Mutex<BtestServedTestResult.Reason?>(nil)

    /// What ended the test; nil while it runs.
    var reason: BtestServedTestResult.Reason? { first.withLock { $0 } }

    /// A second reason is only a consequence of the first.
    func end(_ reason: BtestServedTestResult.Reason) {
        first.withLock { $0 = $0 ?? reason }
        stop.raise()
    }
}
