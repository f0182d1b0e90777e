import ArgumentParser
import Foundation
import Logging

/// How log lines are written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case auto, logfmt, json
}

/// Writes one line a message to standard error, as logfmt or as JSON.
struct LineLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    let format: LogFormat

    init(format: LogFormat) {
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var pairs = [("time", time), ("level", "\(event.level)"), ("msg", "\(event.message)")]
        pairs += fields.map { ($0.key, "\($0.value)") }
        if let error = event.error { pairs.append(("error", "\(error)")) }
        let line =
            format == .json
            ? "{" + pairs.map { Self.json($0.0) + ":" + Self.json($0.1) }.joined(separator: ",") + "}\n"
            : pairs.map { $0.0 + "=" + Self.logfmt($0.1) }.joined(separator: " ") + "\n"
        // A log that nobody can take must not end the agent.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    private static func logfmt(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" && $0.value != 0x7F }
        return isPlain ? text : json(text)
    }

    /// A JSON string; control characters, which a peer's name may contain, never reach a terminal as they are.
    private static func json(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                quoted += "\\u" + String(scalar.value + 0x10000, radix: 16).suffix(4)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
