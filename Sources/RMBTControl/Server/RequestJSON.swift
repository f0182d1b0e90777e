import Foundation

/// Decodes the JSON of a request from anybody: what is no JSON, or could cost more than its length, is refused in a sentence.
enum RequestJSON {
    /// Lists and objects inside one another; a request needs four.
    static let deepestNesting = 16

    /// Why a body is refused, as one sentence.
    struct Refusal: Error, Equatable {
        let sentence: String
    }

    /// - Throws: a sentence that names the field which does not fit.
    static func decode<Message: Decodable>(_ type: Message.Type, from body: [UInt8]) throws(Refusal) -> Message {
        guard body.contains(where: { !isSpace($0) }) else {
            throw Refusal(sentence: "The request has no body: send a JSON object.")
        }
        // A NUL would make the decoder take the text for UTF-16.
        guard String(validating: body, as: UTF8.self) != nil, !body.contains(0) else {
            throw Refusal(sentence: "The body is not UTF-8 text: send a JSON object in UTF-8.")
        }
        guard depth(of: body) <= deepestNesting else {
            throw Refusal(sentence: "The body is nested more than \(deepestNesting) deep: send the fields alone.")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch let error as DecodingError {
            throw Refusal(sentence: sentence(for: error))
        } catch {
            throw Refusal(sentence: "The body is not JSON: send a JSON object.")
        }
    }

    /// How deep lists and objects lie inside one another; brackets in strings do not count.
    private static func depth(of body: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        var isText = false
        var isEscaped = false
        for byte in body {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return deepest
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func sentence(for error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "The body must be a JSON object." : "The field \(path(context)) has a value of the wrong kind."
        case .keyNotFound(let key, let context):
            "The field \(path(context, key)) is missing."
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "The body is not JSON: send a JSON object." : "The field \(path(context)) is no number that can be."
        @unknown default: "The body does not fit."
        }
    }

    private static func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
        let keys = context.codingPath + (key.map { [$0] } ?? [])
        return keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
