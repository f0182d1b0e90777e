import Logging
import Synchronization

/// Keeps what was logged.
final class RecordingLog: Sendable {
    private let entries = Mutex<[(message: String, metadata: Logger.Metadata)]>([])

    var messages: [String] { entries.withLock { $0.map(\.message) } }
    /// Why connections were refused.
    var reasons: [String] { values("reason") }

    /// What stands under a key, wherever it does, or where a message says so.
    func values(_ key: String, of message: String? = nil) -> [String] {
        entries.withLock { entries in
            entries.filter { message == nil || $0.message == message }.compactMap { $0.metadata[key]?.description }
        }
    }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.entries.withLock { $0.append((event.message.description, event.metadata ?? [:])) }
        }
    }
}
