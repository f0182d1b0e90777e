import Btest
import FleetModel
import Logging
import Sockets
import Testing

@testable import Probes

/// Round trips beside a bandwidth test, on loopback: by ICMP where the system permits it, else over TCP.
@Suite(.timeLimit(.minutes(2))) struct BtestLatencyTests {
    private func run(_ direction: TransferDirection, port: Int, duration: Duration = .seconds(1)) async -> ProbeResult {
        await ProbeRunner(credentials: [:]).run(
            ProbeRequest(
                target: Target(
                    name: "a", system: .router(Router(address: "127.0.0.1", port: port)), assignments: []),
                probe: ProbeSpec(
                    name: "tcp",
                    recipe: .btest(
                        .init(direction: direction, duration: duration, rate: BitRate(bitsPerSecond: 50e6)))),
                trigger: .manual))
    }

    private func withServer(_ body: (_ port: Int) async throws -> Void) async throws {
        let server = try await BtestServer.bind(
            to: [("127.0.0.1", 0)], configuration: .init(accounts: .open),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        let serving = Task { await server.run() }
        defer { serving.cancel() }
        try await body(port)
    }

    @Test(arguments: TransferDirection.allCases)
    func `a test has its latency idle and under the load of its directions`(direction: TransferDirection) async throws {
        try await withServer { port in
            let result = await run(direction, port: port)
            #expect(result.outcome == .measured)
            let idle = try #require(result.latency)
            // Without ICMP the test's own connection is the one round trip.
            #expect(idle.count == (PingPermission.isGranted ? 7 : 1))
            #expect(idle.lossRatio == 0)
            #expect(idle.method == (PingPermission.isGranted ? .icmp : .tcpConnect))
            let loaded = try #require(result.latencyUnderLoad)
            #expect((loaded.downloadMedian != nil) == (direction != .upload))
            #expect((loaded.uploadMedian != nil) == (direction != .download))
            for median in [loaded.downloadMedian, loaded.uploadMedian].compactMap(\.self) {
                #expect(median > 0)
                #expect(median < 1)
            }
        }
    }

    @Test func `a test that never begins has no latency under load`() async throws {
        let socket = try LoopbackSocket(.refusing)
        let result = await run(.download, port: socket.port)
        guard case .failed(let failure) = result.outcome else {
            Issue.record("\(result.outcome)")
            return
        }
        #expect(failure.kind == .unreachable)
        #expect(result.latencyUnderLoad == nil)
    }

    @Test func `round trips that nobody answers leave nothing and take a second at most`() async {
        let latency = LatencyBesideTest(address: "no-such-host.invalid", port: 9, family: .any)
        var idle: (summary: LatencySummary, peer: PeerAddress)?
        let elapsed = await ContinuousClock().measure { idle = await latency.idle() }
        #expect(idle == nil)
        #expect(elapsed < .seconds(2))
        let (value, loaded) = await latency.underLoad { whenDataFlows in
            whenDataFlows()
            return 7
        }
        #expect(value == 7)
        #expect(loaded == nil)
    }

    @Test func `the series under load begins when data flows and ends with the test`() async throws {
        let socket = try LoopbackSocket(.listening)
        let latency = LatencyBesideTest(address: "127.0.0.1", port: socket.port, family: .ipv4)
        let (_, never) = await latency.underLoad { _ in try? await Task.sleep(for: .milliseconds(200)) }
        #expect(never == nil)
        #expect(socket.acceptedCount() == 0)
        let began = ContinuousClock.now
        let (_, summary) = await latency.underLoad { whenDataFlows in
            whenDataFlows()
            try? await Task.sleep(for: .milliseconds(500))
        }
        let elapsed = ContinuousClock.now - began
        let loaded = try #require(summary)
        // One each 150 ms, and none after the end.
        #expect(loaded.count >= 2)
        #expect(.milliseconds(150) * (loaded.count - 1) <= elapsed)
    }

    @Test func `a cancelled task sends no round trip before its test`() async throws {
        let socket = try LoopbackSocket(.listening)
        let latency = LatencyBesideTest(address: "127.0.0.1", port: socket.port, family: .ipv4)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await latency.idle()?.summary
        }
        task.cancel()
        #expect(await task.value == nil)
    }
}
