import Sockets
import Testing
import TestSupport

@testable import Btest

/// Mistakes that known implementations make and that no other suite holds against (docs/protocols/btest.md, Mistakes of known
/// implementations).
@Suite(.usesSockets) struct KnownMistakeTests {
    private let recorder = EventRecorder()

    /// Other processes hold a sender up; one of four runs has to be right.
    @Test(arguments: [BtestCommand.Direction.download, .upload])
    func `UDP keeps its rate after the first status`(direction: BtestCommand.Direction) async throws {
        let limit = 100e6
        var rate = 0.0
        try await LoopbackServer.with(accounts: .open) { port in
            for _ in 0..<4 where rate < 0.5 * limit {
                let monitor = BtestMonitor()
                async let measurement = BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, transport: .udp, direction: direction,
                        duration: .milliseconds(2600), bitsPerSecond: limit),
                    monitor: monitor
                ).run()
                let meter = direction == .download ? monitor.download : monitor.upload
                try await Task.sleep(for: .milliseconds(1400))
                let (bytes, began) = (meter.bytes, MonotonicClock.now())
                try await Task.sleep(for: .milliseconds(900))
                rate = Double(meter.bytes - bytes) * 8e9 / Double(MonotonicClock.now() - began)
                #expect(await measurement.error == nil)
            }
        }
        #expect(rate > 0.5 * limit && rate < 1.12 * limit)
    }

    @Test(arguments: [BtestCommand.Direction.download, .upload])
    func `all connections' bytes are in the result`(direction: BtestCommand.Direction) async throws {
        try await LoopbackServer.with(accounts: .open, limits: { [recorder] in $0.events = { recorder.note($0) } }) {
            port in
            let measurement = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, direction: direction, duration: .milliseconds(1500),
                    bitsPerSecond: 80e6, connections: 4)
            ).run()
            #expect(measurement.error == nil)
            let result = try #require(await recorder.result())
            #expect(result.connections == 4)
            let counted = try #require(direction == .download ? measurement.download : measurement.upload).bytes
            let there = direction == .download ? result.bytesSent : result.bytesReceived
            // What is under way at the end is counted at one end only, or not yet acknowledged.
            #expect(Double(counted) > 0.6 * Double(there))
            #expect(Double(there) > 0.6 * Double(counted))
            // The sum of all connections' tuples, not of some.
            let last = measurement.download ?? measurement.upload
            #expect(last?.connections.count == 4)
            #expect(last?.connections.allSatisfy { $0.last?.bytes ?? 0 > 0 } == true)
        }
    }

    @Test func `a second client from the same address has a session of its own`() async throws {
        try await LoopbackServer.with(accounts: .open, limits: { [recorder] in $0.events = { recorder.note($0) } }) {
            port in
            func run(_ connections: Int) async -> BtestMeasurement {
                await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, direction: .both, duration: .milliseconds(800),
                        bitsPerSecond: 10e6, connections: connections)
                ).run()
            }
            async let first = run(4)
            async let second = run(3)
            async let third = run(1)
            let measurements = await [first, second, third]
            #expect(measurements.map(\.error) == [nil, nil, nil])
            #expect(measurements.map { $0.download?.connections.count } == [4, 3, 1])
            for measurement in measurements {
                #expect(measurement.download?.rate?.bitsPerSecond ?? .infinity < 11.2e6)
                #expect(measurement.upload?.rate?.bitsPerSecond ?? .infinity < 11.2e6)
            }
            let started = recorder.events.count { if case .testStarted = $0 { true } else { false } }
            #expect(started == 3)
        }
    }
}
