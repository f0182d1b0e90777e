import Logging
import Synchronization

/// Keeps what was logged.
final class RecordingLog: Sendable {
    private let entries = Mutex<[(message: String, reason: String?)]>([])

    var messages: [String] { entries.withLock { $0.map(\.message) } }
    /// Why connections were refused.
    var reasons: [String] { entries.withLock { $0.compactMap(\.reason) } }

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
            log.entries.withLock { $0.append((event.message.description, event.metadata?["reason"]?.description)) }
        }
    }
}
