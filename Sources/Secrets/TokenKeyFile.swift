import Files

/// A file with the keys that make RMBT tokens: one `key label` a line, `#` begins a comment line.
public struct TokenKeyFile: Sendable {
    /// Lines under this many characters hold no key and are skipped.
    public static let shortestLine = 5

    /// The keys in the order of the file, at least one. The label is empty where none is written.
    public let keys: [(key: Secret, label: String)]

    /// Reads a file that only its owner may open.
    ///
    /// - Throws: for what ``SecretReader/secret(inFile:)`` refuses, and for a file without a key.
    public init(path: String) throws(SecretError) {
        let text = try SecretReader.text(ofFile: path)
        keys = Self.parse(text)
        guard !keys.isEmpty else {
            throw SecretError(
                what: "the token key file \(path) holds no key",
                remedy: "write one \"KEY LABEL\" a line, \(Self.shortestLine) characters or more")
        }
    }

    /// Whether the keys come through a pipe and can be read once.
    public static func isPipe(_ path: String) -> Bool { FileStatus(path: path)?.kind == .pipe }

    static func parse(_ text: String) -> [(key: Secret, label: String)] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let trimmed = line.trimmingPrefix { $0 == " " || $0 == "\t" }
            guard trimmed.count >= shortestLine, !trimmed.hasPrefix("#") else { return nil }
            let parts = trimmed.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
            guard let key = parts.first else { return nil }
            let label = parts.count > 1 ? parts[1] : ""
            return (Secret(String(key)), String(label.trimmingSuffix { $0 == " " || $0 == "\t" }))
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var result = self
        while let last = result.last, predicate(last) { result.removeLast() }
        return result
    }
}
