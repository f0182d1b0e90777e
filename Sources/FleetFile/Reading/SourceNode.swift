/// A value of a fleet file with its place: YAML with its aliases, merges and tags already dealt with.
struct SourceNode: Sendable {
    enum Content: Sendable {
        /// A key without a value, `~` or `null`.
        case nothing
        /// Text; plain text is also how numbers and truth values are written.
        case scalar(String, isPlain: Bool)
        case list([SourceNode])
        /// Each key once.
        case map([SourceEntry])
    }

    let position: SourcePosition
    let content: Content

    /// What stands here, for the `found` part of a problem.
    var found: String { "found " + shown }

    /// What stands here, never longer than a line.
    var shown: String {
        switch content {
        case .nothing: "nothing"
        case .scalar(let text, _): Self.quoted(text)
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .map(let entries): entries.isEmpty ? "an empty map" : "a map"
        }
    }

    /// The text between quotes, shortened and without anything that a terminal would act upon.
    ///
    /// - Parameter limit: after how many letters it is cut; paths are of use only as a whole.
    static func quoted(_ text: String, limit: Int = 60) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            if NameRule.isHidden(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return "\"\(result)\(text.unicodeScalars.dropFirst(limit).isEmpty ? "" : "…")\""
    }
}

/// A key of a map and its value.
struct SourceEntry: Sendable {
    let key: String
    let keyPosition: SourcePosition
    let value: SourceNode
}
