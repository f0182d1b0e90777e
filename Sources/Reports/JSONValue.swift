import Foundation

/// A JSON text in the making: its objects keep the order of their keys, as the contract lists them.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package static func orNull(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
    package static func orNull(_ value: String?) -> JSONValue { value.map { .text($0) } ?? .null }

    /// null where the number is unknown, or none that JSON could carry.
    package static func orNull(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .real(value)
    }

    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// The whole value on one line.
    package var line: String {
        var text = ""
        write(into: &text)
        return text
    }

    private func write(into text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .real(let value): text += value.isFinite ? "\(value)" : "null"
        case .text(let value): Self.write(value, into: &text)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(into: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.key, into: &text)
                text += ":"
                member.value.write(into: &text)
            }
            text += "}"
        }
    }

    /// Bytes that are escaped, or that begin a scalar that is: U+0080 to U+009F, and what ``VisibleText`` knows beyond.
    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xC2 || byte == 0xD8 || byte == 0xE2
            || byte == 0xEF || byte == 0xF3
    }

    /// Escapes what JSON demands, and what would steer the terminal that the text is shown on.
    private static func write(_ value: String, into text: inout String) {
        if !value.utf8.contains(where: mayNeedEscape) {
            text += "\"" + value + "\""
            return
        }
        text.unicodeScalars.append("\"")
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text.unicodeScalars.append(contentsOf: "\\\"".unicodeScalars)
            case "\\": text.unicodeScalars.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": text.unicodeScalars.append(contentsOf: "\\n".unicodeScalars)
            case "\r": text.unicodeScalars.append(contentsOf: "\\r".unicodeScalars)
            case "\t": text.unicodeScalars.append(contentsOf: "\\t".unicodeScalars)
            case _ where VisibleText.steers(scalar):
                for unit in scalar.utf16 {
                    text.unicodeScalars.append(contentsOf: String(format: "\\u%04x", Int(unit)).unicodeScalars)
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        text.unicodeScalars.append("\"")
    }
}

extension JSONValue: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for member in members { try container.encode(member.value, forKey: Key(stringValue: member.key)) }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .boolean(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .real(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .text(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }
}
