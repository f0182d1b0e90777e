import Sockets
import Synchronization

@testable import Btest

/// Keeps what a server told.
final class EventRecorder: Sendable {
    private let kept = Mutex<[BtestServerEvent]>([])

    var events: [BtestServerEvent] { kept.withLock { $0 } }

    func note(_ event: BtestServerEvent) { kept.withLock { $0.append(event) } }

    /// The first event for which `body` has a value, once it has come; nil after five seconds.
    func first<Value: Sendable>(_ body: @escaping @Sendable (BtestServerEvent) -> Value?) async -> Value? {
        await DataThread.run("events") { [self] in
            let deadline = MonotonicClock.now() + 5_000_000_000
            while MonotonicClock.now() < deadline {
                if let value = events.lazy.compactMap(body).first { return value }
                ScriptedPeer.pause(milliseconds: 5)
            }
            return nil
        }
    }

    /// How the first test ended.
    func result() async -> BtestServedTestResult? {
        await first { if case .testEnded(_, let result) = $0 { result } else { nil } }
    }
}
