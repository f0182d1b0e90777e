import Glibc

/// An IP address without a port, the same whatever way it was written.
///
/// IPv4 within IPv6 (`::ffff:192.0.2.1`, as a listener on `::` sees IPv4 peers) is the IPv4 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The 128 bits as IPv6 has them; IPv4 lies in `::ffff:0:0/96`.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`, whose zone is left out.
    ///
    /// - Returns: nil when it is no address.
    public init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var version4 = in_addr()
        if inet_pton(AF_INET, text, &version4) == 1 {
            self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: version4.s_addr)))
            return
        }
        var version6 = in6_addr()
        let zoneless = text.prefix { $0 != "%" }
        guard inet_pton(AF_INET6, String(zoneless), &version6) == 1 else { return nil }
        let words = withUnsafeBytes(of: version6) { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    /// The 16 bytes of IPv6, in the order of the network; IPv4 within `::ffff:0:0/96`.
    public var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Bits of an address of this version: 32 or 128.
    var bitCount: Int { isIPv4 ? 32 : 128 }

    /// The address with all but its first bits cleared.
    ///
    /// - Parameter length: 0 … ``bitCount``; what lies outside counts as the nearest of them.
    func prefix(_ length: Int) -> IPAddress {
        let kept = min(max(length, 0), bitCount) + (isIPv4 ? 96 : 0)
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : .max << UInt64(64 - bits) }
        return IPAddress(high: high & mask(kept), low: low & mask(kept - 64))
    }

    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var words = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &words, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
