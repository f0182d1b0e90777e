/// Words of a server, fit to stand in a sentence of ours.
enum ControlWords {
    private static let limit = 200

    static func joined(_ words: [String]) -> String {
        let text = visible(words.joined(separator: "; "))
        return text.isEmpty ? "it did not say why" : text
    }

    static func quoted(_ text: String) -> String { visible(text).debugDescription }

    /// One line of bounded length, without a full stop at its end.
    static func visible(_ text: String) -> String {
        var line = text.unicodeScalars.prefix(limit).reduce(into: "") { line, scalar in
            line.unicodeScalars.append(
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                    ? " " : scalar)
        }
        while line.last == "." || line.last == " " { line.removeLast() }
        return line
    }
}
