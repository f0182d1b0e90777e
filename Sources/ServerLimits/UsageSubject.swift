/// Whose bytes are counted.
public enum UsageSubject: Sendable, Hashable {
    case user(String)
    /// An IPv4 address, or the /64 prefix of an IPv6 address, as text.
    case address(String)
}
