import Glibc

/// An IP address with a port, as the system's socket calls take it.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Copies a system address.
    ///
    /// - Returns: nil for a length that no IP address has.
    public init?(_ pointer: UnsafePointer<sockaddr>, length: socklen_t) {
        guard length >= socklen_t(MemoryLayout<sockaddr_in>.size), length <= socklen_t(MemoryLayout<sockaddr_in6>.size)
        else { return nil }
        bytes = Array(UnsafeRawBufferPointer(start: pointer, count: Int(length)))
    }

    /// The address of a socket's peer, an IPv4 one also where it is written as an IPv6 one; nil for an unconnected socket.
    public init?(peerOf descriptor: CInt) {
        self.init { getpeername(descriptor, $0, $1) }
    }

    /// A socket's own address.
    public init?(localOf descriptor: CInt) {
        self.init { getsockname(descriptor, $0, $1) }
    }

    private init?(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                call(address, &length) == 0 ? PeerAddress(address, length: length) : nil
            }
        }
        guard let address else { return nil }
        self = address.unmapped
    }

    /// Calls `body` with the address as a `sockaddr`.
    public func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(bytes.count)) }
        }
    }

    public var isIPv6: Bool { bytes.count == MemoryLayout<sockaddr_in6>.size }

    /// The address without its port: `192.0.2.1`, `2001:db8::1`.
    public var host: String {
        withSystemAddress { address, length in
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { return "?" }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// 0 … 65535.
    public var port: Int {
        // Both families keep the port, big-endian, at bytes 2 and 3.
        bytes.count > 3 ? Int(bytes[2]) << 8 | Int(bytes[3]) : 0
    }

    /// The same machine at another port.
    public func withPort(_ port: UInt16) -> PeerAddress {
        var changed = bytes
        guard changed.count > 3 else { return self }
        changed[2] = UInt8(port >> 8)
        changed[3] = UInt8(port & 0xFF)
        return PeerAddress(bytes: changed)
    }

    /// The IPv4 address that an IPv6 address of the form `::ffff:192.0.2.1` stands for; any other address as it is.
    public var unmapped: PeerAddress {
        guard isIPv6, bytes[8..<18].allSatisfy({ $0 == 0 }), bytes[18] == 0xFF, bytes[19] == 0xFF else { return self }
        let family = withUnsafeBytes(of: sa_family_t(AF_INET)) { Array($0) }
        return PeerAddress(bytes: family + bytes[2..<4] + bytes[20..<24] + [UInt8](repeating: 0, count: 8))
    }

    /// Whether both are the same machine, whatever the port.
    public func isSameHost(as other: PeerAddress) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        let address = isIPv6 ? 8..<24 : 4..<8
        return bytes[address] == other.bytes[address]
    }

    /// Whether these are the bytes of this address, as a socket call returned them.
    package func equals(_ raw: UnsafeRawBufferPointer) -> Bool {
        // An IPv6 socket address' flow label differs from packet to packet and is no part of who it is.
        guard raw.count == bytes.count else { return false }
        if !isIPv6 { return bytes[2..<8].elementsEqual(raw[2..<8]) }
        return bytes[2..<4].elementsEqual(raw[2..<4]) && bytes[8..<24].elementsEqual(raw[8..<24])
    }

    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
