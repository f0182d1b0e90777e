import Testing

@testable import ServerLimits

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
        ("192.0.2.0/24", "::ffff:192.0.2.7", true), ("::ffff:192.0.2.0/120", "192.0.2.9", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "255.255.255.255", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("fe80::/10", "fe80::1%lo", true), ("::1", "::1", true), ("::1/128", "::2", false),
    ])
    func `a range holds the addresses that begin as it does`(range: String, address: String, holds: Bool) throws {
        #expect(try AddressRange(range).contains(try #require(IPAddress(address))) == holds)
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.1/32", "192.0.2.1"), ("2001:DB8:0::/32", "2001:db8::/32"),
        ("2001:db8::1/128", "2001:db8::1"), ("::FFFF:192.0.2.0/120", "192.0.2.0/24"), ("10.0.0.0/08", "10.0.0.0/8"),
    ])
    func `a range is written in one way`(text: String, written: String) throws {
        #expect(try AddressRange(text).description == written)
    }

    @Test(arguments: [
        "", "/", "/8", "x", "192.0.2/24", "192.0.2.1.1", "2001:db8::g", "fe80::1%lo/64", "192.0.2.1\0", " ::1",
    ])
    func `what is no address is told apart from a wrong length`(text: String) {
        #expect(throws: AddressRange.Invalid.noAddress(text)) { try AddressRange(text) }
    }

    @Test(arguments: [
        ("192.0.2.0/33", 32), ("192.0.2.0/", 32), ("192.0.2.0/-1", 32), ("192.0.2.0/+8", 32), ("192.0.2.0/24/24", 32),
        ("::/129", 128), ("::/99999999999999999999", 128), ("::ffff:192.0.2.0/95", 32),
    ])
    func `a length that no address has is refused`(text: String, longest: Int) {
        #expect(throws: AddressRange.Invalid.noPrefixLength(text, longest: longest)) { try AddressRange(text) }
    }

    @Test func `the sentences say what to write instead`() {
        func sentence(_ text: String) -> String? {
            do { return try AddressRange(text).description } catch { return error.description }
        }
        #expect(
            sentence("office")
                == #""office" is no address range: write 192.0.2.0/24, 2001:db8::/32 or a single address"#)
        #expect(
            sentence("192.0.2.0/33")
                == #""192.0.2.0/33" is no address range: after the slash stands a number from 0 to 32"#)
        #expect(
            sentence("192.0.2.7/24")
                == #""192.0.2.7/24" names a single address and a range at once: write 192.0.2.0/24 for the range"#)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"), ("::1", "::/64"),
    ])
    func `a source is an IPv4 address or a network of IPv6`(text: String, source: String) throws {
        let address = try #require(SourceAddress(text))
        #expect(address.description == source)
        #expect(address.usageSubject == .address(source))
    }

    @Test(arguments: ["", "localhost", "1", "192.0.2.1:80", "[::1]"])
    func `what is no address is no source`(text: String) {
        #expect(SourceAddress(text) == nil)
    }
}
