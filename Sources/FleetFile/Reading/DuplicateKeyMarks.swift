/// Makes duplicate keys of a YAML text different from one another, and knows what they were.
///
/// The first letter of a duplicate is replaced by a scalar of the private use area. No place in the text moves.
struct DuplicateKeyMarks {
    private(set) var text: String
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]
    private static let firstMark: UInt32 = 0xE000

    init(text: String) {
        self.text = text
    }

    var count: Int { originals.count }

    /// Marks the key that begins at this place.
    ///
    /// - Returns: false where no key that can be marked begins there.
    mutating func mark(line: Int, column: Int) -> Bool {
        guard let mark = Unicode.Scalar(Self.firstMark + UInt32(clamping: originals.count)),
            var index = TextPlaces.index(line: line, column: column, in: text)
        else { return false }
        var scalars = text.unicodeScalars
        if index < scalars.endIndex, scalars[index] == "\"" || scalars[index] == "'" {
            index = scalars.index(after: index)
        }
        guard index < scalars.endIndex else { return false }
        let original = scalars[index]
        // An anchor, a tag, an escape or an empty key: Yams would find the same duplicate again.
        guard original.properties.isAlphabetic || ("0"..."9").contains(original) || original == "<" || original == "_"
        else { return false }
        scalars.replaceSubrange(index...index, with: [mark])
        text = String(scalars)
        originals[mark] = original
        return true
    }

    /// The key as it stands in the file.
    func restored(_ key: String) -> String {
        guard let first = key.unicodeScalars.first, let original = originals[first] else { return key }
        var result = String.UnicodeScalarView()
        result.append(original)
        result.append(contentsOf: key.unicodeScalars.dropFirst())
        return String(result)
    }
}
