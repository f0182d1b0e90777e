/// How large a test's datagrams are, with and without the headers that RouterOS counts (docs/protocols/btest.md, UDP transfer).
public struct DatagramSize: Sendable, Equatable {
    /// IP and UDP headers: 28 bytes for IPv4, 48 for IPv6.
    public let headers: Int
    /// Bytes after the headers: the sequence number and what follows it, 4 … 65 507.
    public let payload: Int

    /// - Parameter packet: with headers; one too small for a sequence number counts as the smallest that has room for it.
    public init(packet: Int, isIPv6: Bool) {
        headers = isIPv6 ? 48 : 28
        payload = Swift.min(Swift.max(packet - headers, 4), 65_507)
    }

    /// Bytes with the headers.
    public var packet: Int { payload + headers }
}
