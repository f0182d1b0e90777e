import TestSupport
import Testing
import Transfer

@testable import Btest

/// Real time on a real machine: where other processes hold a thread up, a sender loses what the pacer does not make
/// good, and a late reader finds a heap of data. So one of four runs has to be right.
@Suite(.usesSockets) struct RateTests {
    private func deviations(
        from rate: Double, tolerance: Double, _ run: () async -> [MeasuredTransfer?]
    ) async -> [Double] {
        var deviations: [Double] = []
        for _ in 0..<4 {
            deviations = await run().map { ($0?.rate?.bitsPerSecond ?? 0) / rate - 1 }
            if deviations.allSatisfy({ abs($0) < tolerance }) { break }
        }
        return deviations
    }

    @Test(arguments: [10e6, 100e6])
    func `a limit is kept in both directions`(limit: Double) async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let deviations = await deviations(from: limit, tolerance: 0.02) {
                let measurement = await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, direction: .both, duration: .seconds(2), bitsPerSecond: limit)
                ).run()
                #expect(measurement.error == nil)
                return [measurement.download, measurement.upload]
            }
            #expect(deviations.count == 2)
            #expect(deviations.allSatisfy { abs($0) < 0.02 })
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
            let deviations = await deviations(from: 40e6, tolerance: 0.05) {
                let measurement = await BtestClient(
                    .init(host: "127.0.0.1", port: port, duration: .milliseconds(1400))
                ).run()
                #expect(measurement.error == nil)
                return [measurement.download]
            }
            // Had the 400 ms counted, it would be 29 % less.
            #expect(deviations.allSatisfy { abs($0) < 0.05 })
        }
    }
}
