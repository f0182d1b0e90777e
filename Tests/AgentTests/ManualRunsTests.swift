import FleetModel
import Foundation
import Testing

@testable import Agent

@Suite("Which tests are asked for by hand")
struct ManualRunsTests {
    private static let tcp = ProbeSpec(name: "tcp", recipe: .btest(.init()))
    private static let ping = ProbeSpec(name: "ping", recipe: .latency(.init()))
    private static let net = ProbeSpec(name: "net", recipe: .rmbt(.init()))

    private static func router(_ name: String, _ address: String, _ probes: [ProbeSpec]) -> Target {
        Target(
            name: name, system: .router(Router(address: address)),
            assignments: probes.map { ProbeAssignment(probe: $0, schedule: []) })
    }

    private static let fleet = Fleet(
        path: "/f/fleet.yaml", storePath: "/f/s.db", reportsPath: "/f/r", timeZone: .gmt, seed: nil, concurrentTests: 1,
        probes: ["tcp": tcp, "ping": ping, "net": net],
        targets: [
            router("core", "192.0.2.1", [tcp, ping]), router("a", "192.0.2.2", [tcp]), router("b", "192.0.2.2", []),
            Target(
                name: "controlled", system: .server(RMBTTarget(access: .control(.init(url: "https://c.example.net")))),
                assignments: [ProbeAssignment(probe: net, schedule: [])]),
        ])

    @Test("A target is found by its name or its address, with all of its probes or the one that was named")
    func found() throws {
        let all = try ManualRuns.resolve("core", probe: nil, in: Self.fleet)
        #expect(all == [.init(target: "core", probe: "tcp"), .init(target: "core", probe: "ping")])
        #expect(try ManualRuns.resolve("192.0.2.1", probe: nil, in: Self.fleet) == all)
        // A probe need not be assigned.
        #expect(try ManualRuns.resolve("b", probe: "ping", in: Self.fleet) == [.init(target: "b", probe: "ping")])
    }

    @Test(
        "What cannot be tested says why and what to name instead",
        arguments: [
            (
                "192.0.2.2", nil, .ambiguousAddress("192.0.2.2", targets: ["a", "b"]),
                "192.0.2.2 is the address of a, b: name the one to test"
            ),
            (
                "gone", nil, .unknownTarget("gone", fleetPath: "/f/fleet.yaml"),
                "there is no target \"gone\" in /f/fleet.yaml; `probe btest` and `probe rmbt` test others"
            ),
            (
                "core", "udp", .unknownProbe("udp", known: ["net", "ping", "tcp"]),
                "there is no probe \"udp\"; the probes are net, ping, tcp"
            ),
            (
                "core", "net", .misfit(probe: "net", kind: .rmbt, target: "core"),
                "the probe net (rmbt) does not fit core"
            ),
            (
                "controlled", "ping", .misfit(probe: "ping", kind: .latency, target: "controlled"),
                "the probe ping (latency) does not fit controlled"
            ),
            ("b", nil, .noProbes(target: "b"), "b has no probes of its own: name one with --probe"),
        ] as [(String, String?, ManualRunsError, String)])
    func refused(name: String, probe: String?, error: ManualRunsError, sentence: String) {
        #expect(throws: error) { try ManualRuns.resolve(name, probe: probe, in: Self.fleet) }
        #expect(error.description == sentence)
    }
}
