/// Finds, before Yams sees the text, files that could keep it busy for ever.
///
/// Yams hashes each key of a map. A key that is itself a list of aliases of lists of aliases … takes time exponential
/// in the size of the file. Values are safe: they share storage until ``YAMLReader`` expands them against its budget.
enum AliasKeys {
    /// With so few aliases even the worst key expands to some ten thousand values only.
    private static let harmlessAliases = 12

    /// Whether the text has many aliases and something that looks like a key made of more than text.
    static func areRisky(in text: String) -> Bool {
        var aliases = 0
        var hasSuspiciousKey = false
        var before: UInt8 = UInt8(ascii: "\n")
        /// Inside `*name`, and behind it until something else than a blank follows.
        var inAlias = false
        var behindAlias = false
        var behindBracket = false
        /// The last byte of this line that is not blank.
        var lastVisible: UInt8?
        for byte in text.utf8 {
            if inAlias, !isNameByte(byte) {
                inAlias = false
                behindAlias = true
            }
            switch byte {
            case UInt8(ascii: "*"):
                break
            case UInt8(ascii: ":"):
                if behindAlias || behindBracket { hasSuspiciousKey = true }
            case UInt8(ascii: "?"):
                if isBeginOfKey(lastVisible) { hasSuspiciousKey = true }
            default:
                if before == UInt8(ascii: "*"), isNameByte(byte), !inAlias {
                    aliases += 1
                    inAlias = true
                }
            }
            if !isBlank(byte), !inAlias {
                behindAlias = false
                behindBracket = byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
            }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                lastVisible = nil
            } else if !isBlank(byte) {
                lastVisible = byte
            }
            before = byte
        }
        return hasSuspiciousKey && aliases > harmlessAliases
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    /// Whether a key can begin behind this byte; nil is the begin of a line.
    private static func isBeginOfKey(_ byte: UInt8?) -> Bool {
        guard let byte else { return true }
        return "-?:,{[".utf8.contains(byte)
    }
}
