import Glibc
import Sockets
import Testing

@testable import Probes

@Suite struct ICMPEchoTransportTests {

    private func isReadable(_ transport: ICMPEchoTransport, within milliseconds: CInt) -> Bool {
        var descriptors = transport.pollDescriptors
        return poll(&descriptors, nfds_t(descriptors.count), milliseconds) > 0
    }

    @Test(
        .enabled(if: PingPermission.isGranted && PingPermission.isGrantedForIPv6),
        arguments: ["127.0.0.1", "::1"])
    func `an answer wakes the one that asked, and nobody else`(host: String) async throws {
        let peer = try #require(
            try? NameResolver.resolve(host, port: 1, until: MonotonicClock.now() + 1_000_000_000).get().first)
        var asking = try ICMPEchoTransport.open(to: peer).get()
        var listening = try ICMPEchoTransport.open(to: peer).get()
        #expect(asking.start(7) == .underWay)
        #expect(isReadable(asking, within: 1000))
        #expect(asking.collect() == [.answered(7)])
        // The answer has come: what the other one does not have by now it does not get.
        #expect(!isReadable(listening, within: 0))
        #expect(listening.start(8) == .underWay)
        #expect(isReadable(listening, within: 1000))
        #expect(listening.collect() == [.answered(8)])
    }
}
