import Glibc
import Sockets
import Testing
import TestSupport

@testable import Btest

@Suite(.usesSockets) struct DatagramLoopbackTests {
    private func run(
        port: Int, host: String = "127.0.0.1", direction: BtestCommand.Direction = .download,
        duration: Duration = .milliseconds(1200), bitsPerSecond: Double? = 20e6, connections: Int = 1,
        size: UInt16? = nil, randomData: Bool = false, natProbe: Bool = false, offload: Bool = true
    ) async -> BtestMeasurement {
        await BtestClient(
            .init(
                host: host, port: port, transport: .udp, direction: direction, duration: duration,
                bitsPerSecond: bitsPerSecond, connections: connections, transmitSize: size, randomData: randomData,
                natProbe: natProbe, datagramOffload: offload)
        ).run()
    }

    private struct Case: CustomTestStringConvertible, Sendable {
        let direction: BtestCommand.Direction
        let host: String
        let connections: Int
        let offload: Bool
        var testDescription: String { "\(direction) \(host) \(connections) \(offload ? "joined" : "single")" }
    }

    private static let cases: [Case] = BtestCommand.Direction.allCases.flatMap { direction in
        ["127.0.0.1", "::1"].flatMap { host in
            [(1, true), (3, true), (1, false)].map {
                Case(direction: direction, host: host, connections: $0.0, offload: $0.1)
            }
        }
    }

    @Test(arguments: cases)
    private func `a test over UDP measures its rate and loses nothing`(test: Case) async throws {
        try await LoopbackServer.with(accounts: .open, host: test.host) { port in
            let measurement = await run(
                port: port, host: test.host, direction: test.direction, connections: test.connections,
                randomData: !test.offload, offload: test.offload)
            #expect(measurement.error == nil)
            for transfer in [measurement.download, measurement.upload].compactMap(\.self) {
                let rate = transfer.rate?.bitsPerSecond ?? 0
                // A busy machine sends less; nothing may send more.
                #expect(rate > 8e6 && rate < 22e6)
                #expect(transfer.packets?.lost == 0)
            }
            #expect((measurement.download != nil) == test.direction.includesDownload)
            #expect((measurement.upload != nil) == test.direction.includesUpload)
        }
    }

    @Test func `a login comes before it like before any test`() async throws {
        try await LoopbackServer.with(accounts: LoopbackServer.ecSRP5(user: "u", password: "right")) { port in
            let measurement = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, userName: "u", password: "right", transport: .udp,
                    duration: .milliseconds(300), bitsPerSecond: 10e6)
            ).run()
            #expect(measurement.error == nil)
            #expect(measurement.authentication == .ecSRP5)
        }
    }

    @Test(arguments: [UInt16(52), 576, 9000, 65_535])
    func `small and fragmented packets count with their headers`(size: UInt16) async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await run(
                port: port, direction: .both, duration: .milliseconds(600), bitsPerSecond: 30e6, size: size)
            #expect(measurement.error == nil)
            let download = try #require(measurement.download)
            #expect(download.bytes == (download.packets?.received ?? 0) * Int64(size))
            #expect(abs((download.rate?.bitsPerSecond ?? 0) - 30e6) < 6e6)
        }
    }

    @Test(arguments: [BtestCommand.TransportProtocol.tcp, .udp])
    func `the server tells when the last byte of an upload came`(transport: BtestCommand.TransportProtocol) async throws
    {
        let recorder = EventRecorder()
        try await LoopbackServer.with(accounts: .open) {
            $0.events = { recorder.note($0) }
        } _: { port in
            _ = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, transport: transport, direction: .upload,
                    duration: .milliseconds(600), bitsPerSecond: 10e6)
            ).run()
            let result = try #require(await recorder.result())
            let seconds = try #require(result.secondsReceiving)
            #expect(abs(seconds - 0.6) < 0.15)
            #expect(seconds < result.seconds)
        }
    }

    @Test func `the pool's one port serves one test after the other, and a second at once is refused`() async throws {
        let free = try #require(Self.freePort())
        try await LoopbackServer.with(accounts: .open, limits: { $0.udpPorts = free...free }) { port in
            for _ in 0..<3 {
                let measurement = await run(port: port, duration: .milliseconds(200))
                #expect(measurement.error == nil)
                // The server notices the end of a test a moment later than the client.
                try await Task.sleep(for: .milliseconds(300))
            }
            async let first = run(port: port, duration: .milliseconds(800))
            try await Task.sleep(for: .milliseconds(300))
            let second = await run(port: port, duration: .milliseconds(200))
            #expect(second.error == .refused)
            #expect(await first.error == nil)
        }
    }

    private static func freePort() -> UInt16? { socket(port: 0).flatMap { UInt16(exactly: $0.local.port) } }

    private static func socket(port: UInt16) -> DatagramSocket? {
        guard
            case .success(let found) = NameResolver.resolve(
                "127.0.0.1", port: 0, until: MonotonicClock.now() + 1_000_000_000),
            let address = found.first,
            case .success(let socket) = DatagramSocket.bound(to: address.withPort(port))
        else { return nil }
        return socket
    }

    @Test(arguments: BtestCommand.Direction.allCases)
    func `a client whose port is taken measures from another`(direction: BtestCommand.Direction) async throws {
        let (free, taken) = try #require(Self.freePorts())
        try await LoopbackServer.with(accounts: .open, limits: { $0.udpPorts = free...free }) { port in
            let measurement = await run(
                port: port, direction: direction, duration: .milliseconds(400), bitsPerSecond: 10e6)
            #expect(measurement.error == nil)
            for transfer in [measurement.download, measurement.upload].compactMap(\.self) {
                #expect(transfer.rate?.bitsPerSecond ?? 0 > 3e6)
                #expect(transfer.packets?.lost ?? .max < 40)
            }
        }
        withExtendedLifetime(taken) {}
    }

    @Test func `a server passes over a port that another process has`() async throws {
        let taken = try #require(Self.socket(port: 0))
        let port = UInt16(clamping: taken.local.port)
        let ports = port < .max - 3 ? port...(port + 3) : (port - 3)...port
        try await LoopbackServer.with(accounts: .open, limits: { $0.udpPorts = ports }) { port in
            // Once around the pool, whose ports come in turn.
            for _ in ports {
                let measurement = await run(port: port, duration: .milliseconds(50))
                #expect(measurement.error == nil)
            }
        }
        withExtendedLifetime(taken) {}
    }

    /// A free port for a server, and the socket that has taken its client's.
    private static func freePorts() -> (server: UInt16, client: DatagramSocket)? {
        for _ in 0..<20 {
            guard let port = freePort(), port < .max - 256, let taken = socket(port: port + 256) else { continue }
            return (port, taken)
        }
        return nil
    }

    @Test func `without a limit it is fast`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let measurement = await run(port: port, duration: .milliseconds(500), bitsPerSecond: nil)
            #expect(measurement.error == nil)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 500e6)
        }
    }
}
