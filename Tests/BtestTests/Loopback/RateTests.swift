import Sockets
import Testing
import TestSupport
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

    @Test(arguments: [BtestCommand.Direction.download, .both])
    func `a server that ignores the limit is held by the reader, and little is taken beyond it`(
        direction: BtestCommand.Direction
    ) async throws {
        try await ScriptedServer.with { peer in
            peer.say([1, 0, 0, 0])
            guard peer.hear(16).count == 16 else { return }
            peer.say([1, 0, 0, 0])
            let origin = MonotonicClock.now()
            let sent = StreamSender(
                socket: peer.socket, stop: StopSignal(), meter: ByteMeter(), origin: origin,
                deadline: origin + 10_000_000_000
            ).run()
            // 2 s of 8 Mbit/s are 2 MB; on top comes what the two kernels hold.
            #expect(sent.bytes < 2_900_000 + 4_200_000)
        } _: { port in
            let deviations = await deviations(from: 8e6, tolerance: 0.05) {
                let measurement = await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, direction: direction, duration: .seconds(2), bitsPerSecond: 8e6)
                ).run()
                #expect(measurement.error == nil || direction == .both)
                #expect(measurement.download?.bytes ?? 0 < 2_500_000)
                return [measurement.download]
            }
            #expect(deviations.allSatisfy { abs($0) < 0.05 }, "\(deviations)")
        }
    }

    @Test func `a UDP server that ignores the limit is flagged, and ends early when far too much has come`()
        async throws
    {
        try await ScriptedServer.with { peer in
            guard let local = PeerAddress(localOf: peer.socket.number),
                let remote = PeerAddress(peerOf: peer.socket.number),
                case .success(let socket) = DatagramSocket.bound(to: local.withPort(0), offload: false)
            else { return }
            let port = UInt16(clamping: socket.local.port)
            peer.say([1, 0, 0, 0])
            guard peer.hear(16).count == 16 else { return }
            peer.say([1, 0, 0, 0, UInt8(port >> 8), UInt8(port & 0xFF)])
            // The client's socket opens once it has heard the port.
            ScriptedPeer.pause(milliseconds: 100)
            let origin = MonotonicClock.now()
            _ = DatagramSender(
                socket: socket,
                targets: DatagramTargets([
                    remote.withPort(UInt16(clamping: Int(port) + BtestClientDatagrams.portDistance))
                ]),
                size: DatagramSize(packet: 1500, isIPv6: false), rate: AdjustableRate(40e6), randomData: false,
                stop: StopSignal(), meter: ByteMeter(), origin: origin, deadline: origin + 3_000_000_000
            ).run()
        } _: { port in
            let began = MonotonicClock.now()
            let measurement = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, transport: .udp, duration: .seconds(3), bitsPerSecond: 4e6)
            ).run()
            #expect(measurement.error == nil)
            #expect(measurement.rateExceeded)
            // 3 s of 4 Mbit/s are 1.5 MB.
            #expect(measurement.download?.bytes ?? 0 < 2_600_000)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 20e6)
            #expect(MonotonicClock.now() - began < 2_500_000_000)
        }
    }

    @Test func `a UDP server that keeps to the limit is not flagged`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await BtestClient(
                .init(host: "127.0.0.1", port: port, transport: .udp, duration: .seconds(1), bitsPerSecond: 20e6)
            ).run()
            #expect(measurement.error == nil)
            #expect(!measurement.rateExceeded)
        }
    }
}
