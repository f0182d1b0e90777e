import NIOCore
import ServerLimits
import Testing

@Suite struct ListenAddressTests {
    @Test(arguments: ["127.0.0.1", "0.0.0.0", "::1", "::"])
    func `a literal is itself`(host: String) async throws {
        let address = try await ListenAddress.resolve(host: host, port: 2000)
        #expect(address.ipAddress == host)
        #expect(address.port == 2000)
        #expect(ListenAddress.text(address) == (host.contains(":") ? "[\(host)]:2000" : "\(host):2000"))
    }

    @Test func `a name is looked up, and one that nobody has is refused`() async throws {
        #expect(try await ["127.0.0.1", "::1"].contains(ListenAddress.resolve(host: "localhost", port: 0).ipAddress))
        await #expect(throws: (any Error).self) { try await ListenAddress.resolve(host: "no such host", port: 0) }
    }
}
