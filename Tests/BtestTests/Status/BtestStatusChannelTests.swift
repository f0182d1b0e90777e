import Glibc
import Sockets
import Testing
import TestSupport
import Transfer

@testable import Btest

@Suite(.usesSockets) struct BtestStatusChannelTests {
    @Test func `a peer that floods its control connection and leaves is noticed to have left`() async throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (near, far) = (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
        let flood = [UInt8](repeating: 0xFF, count: 50_000)
        try #require(send(far.number, flood, flood.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)) == flood.count)
        far.shutDown()
        let origin = MonotonicClock.now()
        let end = await DataThread.run("channel") {
            BtestStatusChannel(
                socket: near, stop: StopSignal(), origin: origin, deadline: origin + 3_000_000_000,
                received: ByteMeter()
            ).run(surplus: []) { _, _ in false }
        }
        #expect(end == .peerClosed)
    }

    @Test func `a flood is read a little each second while its sender stays`() async throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (near, far) = (SocketDescriptor(owning: ends[0]), SocketDescriptor(owning: ends[1]))
        let flood = [[UInt8]](
            repeating: BtestStatus(cpuPercent: 1, sequence: 1, bytesReceived: 1).encoded, count: 4000
        ).flatMap(\.self)
        try #require(send(far.number, flood, flood.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)) == flood.count)
        let origin = MonotonicClock.now()
        let (end, taken) = await DataThread.run("channel") {
            var taken = 0
            let end = BtestStatusChannel(
                socket: near, stop: StopSignal(), origin: origin, deadline: origin + 500_000_000,
                received: ByteMeter()
            ).run(surplus: []) { _, _ in
                taken += 1
                return false
            }
            return (end, taken)
        }
        #expect(end == .deadline)
        #expect(taken == 4096 / 12)
        withExtendedLifetime(far) {}
    }
}
