import Testing
import Transfer

@testable import Btest

@Suite struct RateTests {
    @Test(arguments: [10e6, 100e6])
    func `a limit is kept in both directions`(limit: Double) async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await BtestClient(
                .init(host: "127.0.0.1", port: port, direction: .both, duration: .seconds(2), bitsPerSecond: limit)
            ).run()
            #expect(measurement.error == nil)
            for direction in [measurement.download, measurement.upload] {
                let rate = direction?.rate?.bitsPerSecond ?? 0
                #expect(abs(rate / limit - 1) < 0.02)
            }
        }
    }

    @Test func `a server that begins late does not lower the rate`() async throws {
        try await ScriptedServer.with { peer in
            ScriptedServer.beHonest(peer, .open)
            ScriptedPeer.pause(milliseconds: 400)
            let origin = MonotonicClock.now()
            _ = StreamSender(
                socket: peer.socket, stop: StopSignal(), meter: ByteMeter(), origin: origin,
                deadline: origin + 2_000_000_000, bitsPerSecond: 40e6
            ).run()
        } _: { port in
            let measurement = await BtestClient(
                .init(host: "127.0.0.1", port: port, duration: .milliseconds(1200))
            ).run()
            #expect(measurement.error == nil)
            let rate = measurement.download?.rate?.bitsPerSecond ?? 0
            #expect(abs(rate / 40e6 - 1) < 0.04)
        }
    }
}
