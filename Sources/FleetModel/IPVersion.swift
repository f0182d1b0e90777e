/// Which version of IP a test must use.
public enum IPVersion: String, Sendable, CaseIterable {
    case ipv4, ipv6
}
