/// The rule for a user name: what both logins of the protocol can carry (docs/protocols/btest.md, MD5 authentication).
public enum AccountName {
    /// Bytes of UTF-8.
    public static let longest = 32

    /// Why `name` cannot be a user name; nil when it can.
    public static func problem(_ name: String) -> String? {
        if name.isEmpty { return "A user name cannot be empty." }
        if name.utf8.count > longest {
            return "A user name has at most \(longest) bytes, and \(name.debugDescription) has \(name.utf8.count)."
        }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "A user name has no control characters: \(name.debugDescription)."
        }
        return nil
    }
}
