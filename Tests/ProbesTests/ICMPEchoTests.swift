import Testing

@testable import Probes

@Suite("Echo messages")
struct ICMPEchoTests {
    private static let cookie = [UInt8](101...116)
    private static let echo = ICMPEcho(isIPv6: false, cookie: cookie)
    private static let echo6 = ICMPEcho(isIPv6: true, cookie: cookie)

    /// What the kernel makes of a request on its way to being a reply.
    private static func reply(_ request: [UInt8], type: UInt8, code: UInt8 = 0) -> [UInt8] {
        [type, code, 0xab, 0xcd, 0x12, 0x34] + request.dropFirst(6)
    }

    @Test("A request is 64 bytes: its type, the number big-endian, the cookie")
    func requests() {
        let request = Self.echo.request(0x0102)
        #expect(Array(request.prefix(8)) == [8, 0, 0, 0, 0, 0, 1, 2])
        #expect(Array(request.dropFirst(8).prefix(16)) == Self.cookie)
        #expect(request.count == 64)
        #expect(Self.echo6.request(0).first == 128)
    }

    @Test("On a raw socket of IPv4 the checksum is right over the whole message, and the identifier our own")
    func rawRequests() {
        for number in [0, 1, 0x0102, 65535] as [UInt16] {
            let request = ICMPEcho(isIPv6: false, isRaw: true).request(number)
            #expect(request.count == 64)
            // The sum over a message with its checksum is all ones (RFC 1071).
            #expect(ICMPEcho.checksum(of: request) == 0)
        }
        #expect(ICMPEcho.checksum(of: [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~0xddf2)
        // IPv6's checksum covers addresses and is the kernel's.
        #expect(Array(ICMPEcho(isIPv6: true, isRaw: true).request(7)[2...3]) == [0, 0])
    }

    @Test("A reply gives back its request's number", arguments: [0, 1, 255, 256, 65535] as [UInt16])
    func replies(number: UInt16) {
        #expect(Self.echo.repliedNumber(Self.reply(Self.echo.request(number), type: 0)) == number)
        #expect(Self.echo6.repliedNumber(Self.reply(Self.echo6.request(number), type: 129)) == number)
    }

    @Test("Requests, other types and codes, and the other family's replies answer nothing")
    func otherTypes() {
        let request = Self.echo.request(7)
        for type in UInt8.min ... .max where type != 0 {
            #expect(Self.echo.repliedNumber(Self.reply(request, type: type)) == nil)
        }
        #expect(Self.echo6.repliedNumber(Self.reply(request, type: 0)) == nil)
        #expect(Self.echo.repliedNumber(Self.reply(request, type: 0, code: 1)) == nil)
    }

    @Test("A reply to another run answers nothing: each byte of the cookie counts", arguments: 0..<16)
    func otherCookie(index: Int) {
        var reply = Self.reply(Self.echo.request(7), type: 0)
        reply[8 + index] ^= 1
        #expect(Self.echo.repliedNumber(reply) == nil)
    }

    @Test("A reply cut within its cookie answers nothing, and no length traps")
    func truncations() {
        let reply = Self.reply(Self.echo.request(7), type: 0)
        for length in 0..<24 {
            #expect(Self.echo.repliedNumber(reply.prefix(length)) == nil)
        }
        // Routers may cut the padding, which nobody looks at.
        #expect(Self.echo.repliedNumber(reply.prefix(24)) == 7)
    }

    @Test("Two runs have different cookies")
    func freshCookies() {
        let one = ICMPEcho(isIPv6: false)
        #expect(one.cookie.count == 16)
        #expect(one.cookie != ICMPEcho(isIPv6: false).cookie)
    }
}
