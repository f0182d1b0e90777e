/// Echo request and reply (RFC 792 and RFC 4443, section 4): type, code, checksum, identifier, sequence number and data.
///
/// On a datagram socket the kernel owns the identifier and the checksum: it fills both in, and hands over only replies to
/// the socket's own identifier. On a raw socket both are ours, but for IPv6's checksum. A random cookie in the data makes sure that a reply answers this run.
struct ICMPEcho {
    /// Length of the cookie in bytes.
    static let cookieByteCount = 16
    /// Data as long as `ping`'s, so that the figures compare.
    private static let dataByteCount = 56
    private static let headerByteCount = 8

    let isIPv6: Bool
    /// 16 bytes that nobody could guess.
    let cookie: [UInt8]
    /// On a raw socket; 0 elsewhere.
    let identifier: UInt16
    private let isRaw: Bool

    init(isIPv6: Bool, isRaw: Bool = false, cookie: [UInt8]) {
        self.isIPv6 = isIPv6
        self.isRaw = isRaw
        self.cookie = cookie
        identifier = isRaw ? UInt16.random(in: .min ... .max) : 0
    }

    /// With a fresh cookie.
    init(isIPv6: Bool, isRaw: Bool = false) {
        let cookie = (0..<Self.cookieByteCount).map { _ in UInt8.random(in: .min ... .max) }
        self.init(isIPv6: isIPv6, isRaw: isRaw, cookie: cookie)
    }

    /// An echo request, 64 bytes; what the kernel owns is left to it.
    func request(_ number: UInt16) -> [UInt8] {
        let type: UInt8 = isIPv6 ? 128 : 8
        let header = [
            type, 0, 0, 0, UInt8(identifier >> 8), UInt8(identifier & 0xff), UInt8(number >> 8), UInt8(number & 0xff),
        ]
        var message = header + cookie + [UInt8](repeating: 0, count: max(Self.dataByteCount - cookie.count, 0))
        if isRaw && !isIPv6 {
            let checksum = Self.checksum(of: message)
            message[2] = UInt8(checksum >> 8)
            message[3] = UInt8(checksum & 0xff)
        }
        return message
    }

    /// The Internet checksum (RFC 1071) of a message whose checksum field is 0.
    static func checksum(of message: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in message.enumerated() { sum &+= UInt32(byte) << (index.isMultiple(of: 2) ? 8 : 0) }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(truncatingIfNeeded: sum)
    }

    /// The number of the request that a message answers.
    ///
    /// - Returns: nil for anything but a whole reply to a request of this run.
    func repliedNumber(_ message: some Collection<UInt8>) -> UInt16? {
        let header = Array(message.prefix(Self.headerByteCount))
        let type: UInt8 = isIPv6 ? 129 : 0
        guard header.count == Self.headerByteCount, header[0] == type, header[1] == 0,
            message.dropFirst(Self.headerByteCount).prefix(cookie.count).elementsEqual(cookie)
        else { return nil }
        return UInt16(header[6]) << 8 | UInt16(header[7])
    }
}
