import FleetModel
import Testing

@testable import Probes

/// On loopback. `unshare -n` with a wide `net.ipv4.ping_group_range` runs the tests of ICMP where the system forbids it.
@Suite("The latency probe", .timeLimit(.minutes(1)))
struct LatencyProbeTests {
    private static func recipe(
        _ method: ProbeRecipe.Latency.Method, count: Int = 5, timeout: Duration = .seconds(2)
    ) -> ProbeRecipe.Latency {
        ProbeRecipe.Latency(count: count, interval: .milliseconds(10), timeout: timeout, method: method)
    }

    private static func expectWholeSeries(_ summary: LatencySummary, _ method: LatencySummary.Method) {
        #expect(summary.method == method)
        #expect(summary.count == 5)
        #expect(summary.lossRatio == 0)
        guard let min = summary.min, let median = summary.median, let p95 = summary.p95, let max = summary.max else {
            Issue.record("\(summary)")
            return
        }
        #expect(min > 0)
        #expect(min <= median && median <= p95 && p95 <= max)
        // Far above any loopback, far below a mistake in the unit.
        #expect(median < 0.5)
    }

    // MARK: ICMP

    @Test("Echo requests over loopback are all answered", .enabled(if: PingPermission.isGranted))
    func icmp() async throws {
        let result = try await LatencyProbe().run(address: "127.0.0.1", port: nil, recipe: Self.recipe(.icmp))
        Self.expectWholeSeries(try result.get(), .icmp)
    }

    @Test("Echo requests over loopback are all answered by IPv6", .enabled(if: PingPermission.isGrantedForIPv6))
    func icmp6() async throws {
        let result = try await LatencyProbe().run(address: "::1", port: nil, recipe: Self.recipe(.icmp))
        Self.expectWholeSeries(try result.get(), .icmp)
    }

    @Test("The automatic method takes ICMP where it is permitted, though there is a port")
    func automaticChoice() async throws {
        let server = try LoopbackSocket(.listening)
        let result = try await LatencyProbe()
            .run(address: "127.0.0.1", port: server.port, recipe: Self.recipe(.automatic))
        Self.expectWholeSeries(try result.get(), PingPermission.isGranted ? .icmp : .tcpConnect)
        #expect(server.acceptedCount() == (PingPermission.isGranted ? 0 : 5))
    }

    @Test(
        "Where ICMP is not permitted and not replaceable, the failure says how to permit it",
        .disabled(if: PingPermission.isGranted), arguments: [ProbeRecipe.Latency.Method.icmp, .automatic])
    func notPermitted(method: ProbeRecipe.Latency.Method) async throws {
        let port = method == .icmp ? 1 : nil
        let result = try await LatencyProbe().run(address: "127.0.0.1", port: port, recipe: Self.recipe(method))
        let sentence =
            "ICMP echo to 127.0.0.1 is not permitted to this process: admit its group with the sysctl "
            + "net.ipv4.ping_group_range, or measure over TCP."
        #expect(result == .failure(LatencyFailure(.internal, sentence)))
    }

    @Test("An address that takes no echo request is unreachable", .enabled(if: PingPermission.isGranted))
    func icmpUnreachable() async throws {
        // A broadcast address: the kernel refuses it to a socket that has not asked for broadcasts.
        let result = try await LatencyProbe()
            .run(address: "127.255.255.255", port: nil, recipe: Self.recipe(.icmp, count: 2))
        let sentence = "127.255.255.255 cannot be reached: permission denied."
        #expect(result == .failure(LatencyFailure(.unreachable, sentence)))
    }

    // MARK: TCP

    @Test("Connections to a listening port are timed and really made", arguments: ["127.0.0.1", "::1"])
    func tcp(host: String) async throws {
        let server = try LoopbackSocket(.listening, host: host)
        let result = try await LatencyProbe().run(address: host, port: server.port, recipe: Self.recipe(.tcp))
        Self.expectWholeSeries(try result.get(), .tcpConnect)
        #expect(server.acceptedCount() == 5)
    }

    @Test("A refusal is a round trip", arguments: ["127.0.0.1", "::1"])
    func refused(host: String) async throws {
        let server = try LoopbackSocket(.refusing, host: host)
        let result = try await LatencyProbe().run(address: host, port: server.port, recipe: Self.recipe(.tcp))
        Self.expectWholeSeries(try result.get(), .tcpConnect)
    }

    @Test("An address without a route is unreachable, in the system's words")
    func unreachable() async throws {
        // No TCP connection goes to a broadcast address: the kernel knows no route, and sends nothing.
        let result = try await LatencyProbe()
            .run(address: "127.255.255.255", port: 9, recipe: Self.recipe(.tcp, count: 2))
        let sentence = "127.255.255.255:9 cannot be reached: network is unreachable."
        let lost = LatencySummary.unanswered(.tcpConnect, sent: 2)
        #expect(result == .failure(LatencyFailure(ProbeFailure(.unreachable, sentence), unanswered: lost)))
    }

    @Test("A target that swallows every packet is unreachable once the last timeout has passed", arguments: [1, 3])
    func blackhole(count: Int) async throws {
        let server = try LoopbackSocket(.full)
        var result: Result<LatencySummary, LatencyFailure>?
        let elapsed = try await ContinuousClock().measure {
            result = try await LatencyProbe().run(
                address: "127.0.0.1", port: server.port,
                recipe: Self.recipe(.tcp, count: count, timeout: .milliseconds(100)))
        }
        let attempts = count == 1 ? "1 TCP connection attempt" : "3 TCP connection attempts"
        let sentence = "127.0.0.1:\(server.port) answered none of \(attempts) within 0.1 s."
        let lost = LatencySummary.unanswered(.tcpConnect, sent: count)
        #expect(result == .failure(LatencyFailure(ProbeFailure(.unreachable, sentence), unanswered: lost)))
        // The intervals and one timeout; how attempts overlap is the ledger's matter, and tested there.
        #expect(elapsed >= .milliseconds(100 + 10 * (count - 1)))
        #expect(elapsed < .seconds(5))
    }

    @Test("Without a port there is no TCP")
    func noPort() async throws {
        let result = try await LatencyProbe().run(address: "127.0.0.1", port: nil, recipe: Self.recipe(.tcp))
        let sentence = "A round trip over TCP needs a port, and 127.0.0.1 has none."
        #expect(result == .failure(LatencyFailure(.internal, sentence)))
    }

    // MARK: Names and cancellation

    @Test("A name is looked up")
    func name() async throws {
        let server = try LoopbackSocket(.refusing)
        let result = try await LatencyProbe().run(address: "localhost", port: server.port, recipe: Self.recipe(.tcp))
        Self.expectWholeSeries(try result.get(), .tcpConnect)
    }

    @Test(
        "A name that does not resolve is unreachable",
        arguments: ["no-such-host.invalid", "", "a b", "127.0.0.1\u{0}"])
    func unknownName(name: String) async throws {
        let result = try await LatencyProbe().run(address: name, port: 9, recipe: Self.recipe(.tcp))
        guard case .failure(let failure) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(failure.failure.kind == .unreachable)
        #expect(failure.failure.message.hasPrefix("The name \(name) has no address: "))
    }

    @Test("Cancelling ends a run that waits, with the only error that escapes")
    func cancellation() async throws {
        let server = try LoopbackSocket(.listening)
        let port = server.port
        // The second connection is due in a minute.
        let recipe = ProbeRecipe.Latency(count: 2, interval: .seconds(60), timeout: .seconds(60), method: .tcp)
        let started = ContinuousClock().now
        let task = Task { try await LatencyProbe().run(address: "127.0.0.1", port: port, recipe: recipe) }
        while server.acceptedCount() == 0, ContinuousClock().now - started < .seconds(10) {
            await Task.yield()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock().now - started < .seconds(10))
    }

    @Test("A run of a cancelled task sends nothing")
    func cancelledBefore() async throws {
        let server = try LoopbackSocket(.listening)
        let port = server.port
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await LatencyProbe().run(address: "127.0.0.1", port: port, recipe: Self.recipe(.tcp))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.acceptedCount() == 0)
    }
}
