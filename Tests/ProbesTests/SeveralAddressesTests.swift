import Btest
import FleetModel
import Logging
import RMBT
import Sockets
import Testing

@testable import Probes

/// One name with several addresses of which only one answers: every probe finds it, and the figures beside a test are of that address.
@Suite(.timeLimit(.minutes(2))) struct SeveralAddressesTests {
    /// The addresses of every name, in this order.
    private static func lookup(_ hosts: [String]) -> AddressLookup {
        AddressLookup { _, port, _, _, deadline in
            .success(hosts.flatMap { (try? NameResolver.resolve($0, port: port, until: deadline).get()) ?? [] })
        }
    }

    /// No packet to this address leaves the machine: the kernel has no way to a broadcast address for TCP, and for ICMP no permission.
    private static let dead = "127.255.255.255"
    private static let recipe = ProbeRecipe.Latency(
        count: 4, interval: .milliseconds(10), timeout: .milliseconds(500), method: .tcp)

    @Test(arguments: [[dead, "127.0.0.1"], ["127.0.0.1", dead], [dead, dead, "127.0.0.1", dead]])
    func `latency is that of the address that answers`(hosts: [String]) async throws {
        let server = try LoopbackSocket(.listening)
        let result = try await LatencyProbe(lookup: Self.lookup(hosts))
            .run(address: "router.example", port: server.port, recipe: Self.recipe)
        let summary = try result.get()
        #expect(summary.count == 4)
        #expect(summary.lossRatio == 0)
        // One to find the address, and the series.
        #expect(server.acceptedCount() == 5)
    }

    @Test func `an address that swallows every packet is not waited for longer than one that answers deserves`()
        async throws
    {
        let full = try LoopbackSocket(.full)
        let server = try LoopbackSocket(.listening, host: "127.0.0.2")
        // The silent address has another port; a name's addresses have one, so the look-up gives each its own.
        let lookup = AddressLookup { _, _, _, _, deadline in
            NameResolver.resolve("127.0.0.1", port: full.port, until: deadline).flatMap { silent in
                NameResolver.resolve("127.0.0.2", port: server.port, until: deadline).map { silent + $0 }
            }
        }
        let began = ContinuousClock.now
        let result = try await LatencyProbe(lookup: lookup)
            .run(address: "router.example", port: server.port, recipe: Self.recipe)
        #expect(try result.get().lossRatio == 0)
        #expect(ContinuousClock.now - began < .seconds(3))
        #expect(server.acceptedCount() == 5)
    }

    @Test func `an address that refuses is taken only where none accepts`() async throws {
        let server = try LoopbackSocket(.listening, host: "127.0.0.2")
        let result = try await LatencyProbe(lookup: Self.lookup(["127.0.0.1", "127.0.0.2"]))
            .run(address: "router.example", port: server.port, recipe: Self.recipe)
        #expect(try result.get().count == 4)
        #expect(server.acceptedCount() == 5)
        let refusing = try LoopbackSocket(.refusing)
        let refused = try await LatencyProbe(lookup: Self.lookup(["127.0.0.1", Self.dead]))
            .run(address: "router.example", port: refusing.port, recipe: Self.recipe)
        #expect(try refused.get().count == 4)
    }

    @Test func `where no address answers, the failure says so`() async throws {
        let result = try await LatencyProbe(lookup: Self.lookup([Self.dead, "127.255.255.254"]))
            .run(address: "router.example", port: 9, recipe: Self.recipe)
        guard case .failure(let failure) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(failure.failure.kind == .unreachable)
        #expect(failure.failure.message.hasSuffix(" None of the other addresses of router.example answered either."))
    }

    @Test func `UDP pings find the address that answers`() async throws {
        let server = try await UDPPingServer.bind(
            to: [("127.0.0.1", 0)], verifier: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        let serving = Task { await server.run() }
        defer { serving.cancel() }
        var recipe = Self.recipe
        recipe.method = .rmbtUDP
        recipe.udpPort = port
        // Nobody listens for pings at the first address.
        let result = try await LatencyProbe(lookup: Self.lookup(["127.0.0.9", "127.0.0.1"]))
            .run(address: "server.example", port: nil, recipe: recipe)
        #expect(try result.get().lossRatio == 0)
    }

    @Test func `a bandwidth test and the latency beside it are of the address that answered`() async throws {
        let server = try await BtestServer.bind(
            to: [("127.0.0.3", 0)], configuration: .init(accounts: .open),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        let serving = Task { await server.run() }
        defer { serving.cancel() }
        // By ICMP the whole of 127.0.0.0/8 answers, so the idle round trips go to the first address and the test to the second.
        let result = await ProbeRunner(credentials: [:], lookup: Self.lookup(["127.0.0.1", "127.0.0.3"])).run(
            ProbeRequest(
                target: Target(
                    name: "a", system: .router(Router(address: "router.example", port: port)), assignments: []),
                probe: ProbeSpec(
                    name: "tcp",
                    recipe: .btest(
                        .init(direction: .download, duration: .seconds(1), rate: BitRate(bitsPerSecond: 20e6)))),
                trigger: .manual))
        #expect(result.outcome == .measured)
        // What was measured to another address than the test's is no latency of this test.
        #expect(result.latency?.method == .tcpConnect)
        #expect(result.latency?.count == 1)
        #expect(result.latencyUnderLoad?.downloadMedian ?? 0 > 0)
    }

    @Test func `round trips under load go to the address of the test`() async throws {
        let first = try LoopbackSocket(.listening)
        let tested = try LoopbackSocket(.listening, host: "127.0.0.2")
        let peer = try #require(
            try NameResolver.resolve("127.0.0.2", port: tested.port, until: MonotonicClock.now() + 1_000_000_000).get()
                .first)
        let latency = LatencyBesideTest(
            address: "router.example", port: first.port, family: .any, lookup: Self.lookup(["127.0.0.1"]),
            testedPeer: { peer })
        let (_, summary) = await latency.underLoad { whenDataFlows in
            whenDataFlows()
            try? await Task.sleep(for: .milliseconds(400))
        }
        #expect(summary?.count ?? 0 >= 2)
        #expect(first.acceptedCount() == 0)
        if summary?.method == .tcpConnect { #expect(tested.acceptedCount() >= 2) }
    }
}
