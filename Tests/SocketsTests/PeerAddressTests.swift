import Testing

@testable import Sockets

@Suite struct PeerAddressTests {
    private func address(_ host: String, port: Int = 2000) throws -> PeerAddress {
        let deadline = MonotonicClock.now() + 1_000_000_000
        return try #require(try NameResolver.resolve(host, port: port, until: deadline).get().first)
    }

    @Test func `the port changes and the machine stays`() throws {
        for host in ["192.0.2.1", "2001:db8::1"] {
            let moved = try address(host).withPort(65_535)
            #expect(moved.host == host && moved.port == 65_535)
            #expect(try moved.isSameHost(as: address(host)))
            #expect(try moved != address(host))
        }
        #expect(try !address("192.0.2.1").isSameHost(as: address("192.0.2.2")))
        #expect(try !address("192.0.2.1").isSameHost(as: address("2001:db8::1")))
        #expect(try !address("2001:db8::1").isSameHost(as: address("2001:db8::2")))
    }

    @Test func `an IPv4 address in IPv6 clothes is taken out of them`() throws {
        #expect(try address("::ffff:192.0.2.1").unmapped == address("192.0.2.1"))
        #expect(try address("2001:db8::1").unmapped == address("2001:db8::1"))
        #expect(try address("::fffe:192.0.2.1").unmapped == address("::fffe:192.0.2.1"))
    }
}
