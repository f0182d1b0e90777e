/// Echo request and reply (RFC 792 and RFC 4443, section 4): type, code, checksum, identifier, sequence number and data.
///
/// On a datagram socket the kernel owns the identifier and the checksum: it fills both in, and hands over only replies to
/// the socket's own identifier. A random cookie in the data makes sure that a reply answers this run.
struct ICMPEcho {
    /// Length of the cookie in bytes.
    static let cookieByteCount = 16
    /// Data as long as `ping`'s, so that the figures compare.
    private static let dataByteCount = 56
    private static let headerByteCount = 8

    let isIPv6: Bool
    /// 16 bytes that nobody could guess.
    let cookie: [UInt8]

    init(isIPv6: Bool, cookie: [UInt8]) {
        self.isIPv6 = isIPv6
        self.cookie = cookie
    }

    /// With a fresh cookie.
    init(isIPv6: Bool) {
        let cookie = (0..<Self.cookieByteCount).map { _ in UInt8.random(in: .min ... .max) }
        self.init(isIPv6: isIPv6, cookie: cookie)
    }

    /// An echo request, 64 bytes, its checksum and identifier left to the kernel.
    func request(_ number: UInt16) -> [UInt8] {
        let type: UInt8 = isIPv6 ? 128 : 8
        let header = [type, 0, 0, 0, 0, 0, UInt8(number >> 8), UInt8(number & 0xff)]
        return header + cookie + [UInt8](repeating: 0, count: max(Self.dataByteCount - cookie.count, 0))
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
