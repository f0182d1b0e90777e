/// What the names of a fleet look like. They become file names, CSV cells, parts of URLs and words on a command line.
enum NameRule {
    static let sentence =
        "a name has 1 to 64 letters, digits, \".\", \"_\" or \"-\" and begins with a letter, digit or \"_\""

    /// Whether the text is a name; letters are those of ASCII.
    static func allows(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first else { return false }
        return isWordByte(first) && bytes.allSatisfy { isWordByte($0) || $0 == 0x2D || $0 == 0x2E }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
