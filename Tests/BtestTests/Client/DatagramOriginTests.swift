import Sockets
import Testing
import TestSupport

@testable import Btest

@Suite(.onlyComputes) struct DatagramOriginTests {
    private static func address(_ host: String) throws -> PeerAddress {
        let found = try NameResolver.resolve(host, port: 1, until: MonotonicClock.now() + 1_000_000_000).get()
        return try #require(found.first)
    }

    @Test func `datagrams from any port of the server's address count, each port as a flow of its own`() throws {
        let server = try Self.address("192.0.2.1")
        var origin = DatagramOrigin(server: server.withPort(2001))
        #expect(origin.flow(of: server.withPort(40_000), sequence: 2, at: 0) == 0)
        #expect(origin.flow(of: server.withPort(2001), sequence: 2, at: 0) == 1)
        #expect(origin.flow(of: server.withPort(40_000), sequence: 3, at: 0) == 0)
        #expect(origin.flow(of: server.withPort(5), sequence: nil, at: 0) == nil)
        #expect(origin.flow(of: try Self.address("192.0.2.2"), sequence: 2, at: 0) == nil)
    }

    @Test func `so many flows are kept, and a silent one makes room`() throws {
        let server = try Self.address("192.0.2.1")
        var origin = DatagramOrigin(server: server)
        for port in 1...UInt16(DatagramOrigin.mostFlows) {
            #expect(origin.flow(of: server.withPort(port), sequence: 1, at: Int64(port)) == Int(port) - 1)
        }
        #expect(origin.flow(of: server.withPort(999), sequence: 1, at: 100) == nil)
        #expect(origin.flow(of: server.withPort(1), sequence: 1, at: 1_000_000_000) == 0)
        #expect(origin.flow(of: server.withPort(999), sequence: 1, at: 1_000_000_003) == 1)
    }
}
