import ArgumentParser
import Foundation
import Logging
import Reports

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
        let line = line(
            level: event.level, message: "\(event.message)", metadata: metadata.merging(event.metadata ?? [:]) { $1 },
            error: event.error.map { "\($0)" },
            time: Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        LogOutput.standardError.write(line)
    }

    /// One line, without its ending.
    func line(level: Logger.Level, message: String, metadata: Logger.Metadata, error: String?, time: String) -> String {
        var pairs: [(String, Logger.MetadataValue)] = [
            ("time", .string(time)), ("level", .string("\(level)")), ("msg", .string(message)),
        ]
        // A line has each key once, and these three are its own.
        pairs += metadata.sorted { $0.key < $1.key }
            .map { (["time", "level", "msg"].contains($0.key) ? "_" + $0.key : $0.key, $0.value) }
        if let error { pairs.append(("error", .string(error))) }
        return format == .json
            ? "{" + pairs.map { Self.json($0.0) + ":" + Self.json($0.1) }.joined(separator: ",") + "}"
            : pairs.map { $0.0 + "=" + Self.logfmt("\($0.1)") }.joined(separator: " ")
    }

    /// A value as JSON: numbers and truths are such, lists and tables keep their form, all else is a string.
    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): json(text)
        case .array(let values): "[" + values.map { json($0) }.joined(separator: ",") + "]"
        case .dictionary(let table):
            "{" + table.sorted { $0.key < $1.key }.map { json($0.key) + ":" + json($0.value) }.joined(separator: ",")
                + "}"
        case .stringConvertible(let value):
            switch value {
            case let truth as Bool: truth ? "true" : "false"
            case let number as any BinaryInteger: "\(number)"
            // NaN and infinity are no numbers in JSON.
            case let number as Double where number.isFinite: "\(number)"
            default: json("\(value)")
            }
        }
    }

    private static func logfmt(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" && !VisibleText.steers($0) }
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
            case _ where VisibleText.steers(scalar):
                // As UTF-16, two escapes beyond the first plane.
                for unit in scalar.utf16 { quoted += "\\u" + String(Int(unit) + 0x10000, radix: 16).suffix(4) }
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
