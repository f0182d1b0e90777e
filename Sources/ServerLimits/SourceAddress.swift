/// Who a peer is to limits that count by address: an IPv4 address, or the /64 of an IPv6 address, because whoever has one
/// address of a /64 has all of them.
public struct SourceAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address, or the first of its /64.
    public let address: IPAddress

    public init(_ address: IPAddress) {
        self.address = address.isIPv4 ? address : address.prefix(64)
    }

    /// Reads an address as the socket calls write it; see ``IPAddress/init(_:)``.
    public init?(_ text: String) {
        guard let address = IPAddress(text) else { return nil }
        self.init(address)
    }

    /// Whose usage the bytes of this source are.
    public var usageSubject: UsageSubject { .address(description) }

    /// `192.0.2.1`, `2001:db8:1:2::/64`.
    public var description: String { address.isIPv4 ? "\(address)" : "\(address)/64" }
}
