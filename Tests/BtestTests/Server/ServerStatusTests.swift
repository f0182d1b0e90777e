import Sockets
import Testing
import TestSupport

@testable import Btest

@Suite(.usesSockets) struct ServerStatusTests {
    @Test func `a receiving server tells each second what came`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let (sent, answers, heard) = try await ScriptedPeer.run(port: port) { peer in
                peer.say(BtestCommand(transport: .tcp, direction: .upload).encoded)
                let answers = peer.hear(8)
                let began = MonotonicClock.now()
                var sent = 0
                while MonotonicClock.now() - began < 1_700_000_000 {
                    peer.say([UInt8](repeating: 0, count: 5000))
                    sent += 5000
                    ScriptedPeer.pause(milliseconds: 10)
                }
                let heard = (0..<2).map { _ in (bytes: peer.hear(12), at: MonotonicClock.now() - began) }
                return (sent, answers, heard)
            }
            #expect(answers == [1, 0, 0, 0, 1, 0, 0, 0])
            let statuses = heard.compactMap { BtestStatus(decoding: $0.bytes) }
            #expect(statuses.map(\.sequence) == [1, 2])
            #expect(heard.allSatisfy { $0.bytes.count == 12 && $0.bytes[1] >= 0x80 && $0.bytes[2...3] == [0, 0] })
            #expect(statuses.reduce(0) { $0 + Int($1.bytesReceived) } == sent)
            #expect(statuses.allSatisfy { $0.bytesReceived > 0 })
            // The second one came when two seconds were over, and the first was there by then.
            #expect(heard[1].at > 1_950_000_000 && heard[1].at < 2_600_000_000)
        }
    }

    @Test func `the first status comes after a second and nothing else before it`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let (heard, nanoseconds) = try await ScriptedPeer.run(port: port) { peer in
                peer.say(BtestCommand(transport: .tcp, direction: .upload).encoded)
                _ = peer.hear(8)
                let began = MonotonicClock.now()
                peer.say([1, 2, 3])
                return (peer.hear(12), MonotonicClock.now() - began)
            }
            #expect(BtestStatus(decoding: heard)?.bytesReceived == 3)
            #expect(nanoseconds > 950_000_000 && nanoseconds < 1_600_000_000)
        }
    }
}
