import Sockets
import Testing
import TestSupport

@testable import Btest

/// The search against a server that polices what it receives and sends no more than its own limit.
@Suite(.usesSockets, .timeLimit(.minutes(5))) struct CapacityLoopbackTests {
    private func search(
        _ direction: BtestCommand.Direction, port: Int, ceiling: Double?, limit: Duration = .seconds(60)
    ) async -> BtestCapacityTest.Outcome {
        await BtestCapacityTest(
            .init(
                host: "127.0.0.1", port: port, transport: .udp, direction: direction, duration: .seconds(1),
                bitsPerSecond: ceiling), limit: limit
        ).run()
    }

    @Test func `an upload finds what the server takes, a download says at least what it sends`() async throws {
        try await LoopbackServer.with(accounts: .open, limits: { $0.maxBitsPerSecond = 6e6 }) { port in
            // Where other processes hold the machine up a step loses what the server did not police: one of three has to be right.
            var up = await search(.upload, port: port, ceiling: 100e6)
            for _ in 0..<2 where !(4.8e6...7e6).contains(up.search.knee?.received ?? 0) || up.ending != .found {
                up = await search(.upload, port: port, ceiling: 100e6)
            }
            #expect(up.error == nil)
            #expect(up.ending == .found)
            #expect((4.8e6...7e6).contains(up.search.knee?.received ?? 0), "\(up.search.steps)")
            #expect(up.search.steps.contains { !$0.isGood })
            #expect(up.knee?.upload != nil)

            var down = await search(.download, port: port, ceiling: 100e6)
            for _ in 0..<2 where abs((down.search.knee?.received ?? 0) / 6e6 - 1) >= 0.1 || down.ending != .senderLimit
            {
                down = await search(.download, port: port, ceiling: 100e6)
            }
            #expect(down.error == nil)
            #expect(down.ending == .senderLimit)
            #expect(abs((down.search.knee?.received ?? 0) / 6e6 - 1) < 0.1, "\(down.search.steps)")
        }
    }

    @Test func `the time for it is kept, and what was found until then is told`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let began = MonotonicClock.now()
            let outcome = await search(.download, port: port, ceiling: nil, limit: .seconds(3))
            #expect(outcome.ending == .limit)
            #expect(outcome.search.knee != nil)
            #expect(MonotonicClock.now() - began < 8_000_000_000)
        }
    }

    @Test func `a server that is not there fails at once`() async throws {
        let outcome = await search(.download, port: 1, ceiling: nil)
        #expect(outcome.error == .connection(.refused(address: "127.0.0.1:1")))
        #expect(outcome.search.steps.isEmpty)
    }
}
