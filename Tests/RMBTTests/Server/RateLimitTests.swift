import TestSupport
import Testing
import Transfer

@testable import RMBT

/// A server with a limit. Real time on a real machine: where other processes hold a thread up for long, the rate is lower and later
/// higher; so one of eight runs has to be right.
@Suite(.usesSockets, .serialized) struct RateLimitTests {
    private static func configuration(_ port: Int, connections: Int = 3) -> RMBTClient.Configuration {
        var configuration = LoopbackServer.configuration(port: port)
        configuration.connections = connections
        configuration.pretestDuration = .milliseconds(100)
        configuration.duration = .seconds(2)
        configuration.pings = 1
        return configuration
    }

    /// bit/s from the end of the first second on; 0 for nothing.
    private static func rate(_ transfer: MeasuredTransfer?) -> Double {
        let first: Int64 = 1_000_000_000
        guard let transfer, let end = transfer.connections.map({ $0.last?.nanoseconds ?? 0 }).min(), end > first else {
            return 0
        }
        let moved = transfer.connections.map { bytes(at: end, in: $0) - bytes(at: first, in: $0) }.reduce(0, +)
        return moved * 8 / (Double(end - first) * 1e-9)
    }

    private static func bytes(at instant: Int64, in tuples: [TransferTuple]) -> Double {
        var before = TransferTuple(nanoseconds: 0, bytes: 0)
        for tuple in tuples {
            if tuple.nanoseconds >= instant, tuple.nanoseconds > before.nanoseconds {
                let share = Double(instant - before.nanoseconds) / Double(tuple.nanoseconds - before.nanoseconds)
                return Double(before.bytes) + share * Double(tuple.bytes - before.bytes)
            }
            before = tuple
        }
        return Double(before.bytes)
    }

    @Test(
        arguments: [
            (10e6, 1, .classic), (10e6, 3, .websocket), (100e6, 3, .classic), (100e6, 1, .websocket),
        ] as [(Double, Int, RMBTTransport)])
    func `a session's connections keep to the limit together, in each direction`(
        limit: Double, connections: Int, transport: RMBTTransport
    ) async throws {
        try await LoopbackServer.with(
            transport: transport == .classic ? .classic : .http, configure: { $0.maxBitsPerSecond = limit }
        ) { port in
            var deviations: [Double] = []
            for _ in 0..<8 {
                var configuration = Self.configuration(port, connections: connections)
                configuration.transport = transport
                let measurement = await RMBTClient(configuration).run()
                #expect(measurement.error == nil)
                #expect(measurement.download?.connections.count == connections)
                deviations = [measurement.download, measurement.upload].map { Self.rate($0) / limit - 1 }
                if deviations.allSatisfy({ abs($0) < 0.02 }) { break }
            }
            #expect(deviations.allSatisfy { abs($0) < 0.02 }, "\(deviations)")
        }
    }

    @Test func `each session has a limit of its own, and without tokens each address`() async throws {
        let limit = 40e6
        for hasTokens in [true, false] {
            let expected = hasTokens ? 2 * limit : limit
            try await LoopbackServer.with(checksTokens: hasTokens, configure: { $0.maxBitsPerSecond = limit }) { port in
                var sum = 0.0
                for _ in 0..<8 {
                    var configuration = Self.configuration(port, connections: 1)
                    configuration.measuresUpload = false
                    let first = RMBTClient(configuration)
                    configuration.token = LoopbackServer.token()
                    let second = RMBTClient(configuration)
                    async let one = first.run()
                    async let other = second.run()
                    sum = await Self.rate(one.download) + Self.rate(other.download)
                    if abs(sum / expected - 1) < 0.1 { break }
                }
                #expect(abs(sum / expected - 1) < 0.1, "\(sum)")
            }
        }
    }

    @Test(arguments: [UploadReports.none, .atEnd])
    func `whoever waits for the end of a limited upload gets it in time`(reports: UploadReports) async throws {
        try await LoopbackServer.with(configure: { $0.maxBitsPerSecond = 20e6 }) { port in
            var configuration = Self.configuration(port, connections: 1)
            configuration.duration = .seconds(1)
            configuration.measuresDownload = false
            configuration.uploadReports = reports
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect((2e6..<21e6).contains(measurement.upload?.rate?.bitsPerSecond ?? 0))
        }
    }
}
