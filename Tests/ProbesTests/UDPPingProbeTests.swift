import FleetModel
import Foundation
import Logging
import RMBT
import TestSupport
import Testing

@testable import Probes

/// The UDP ping service as a way to measure latency.
@Suite(.timeLimit(.minutes(1))) struct UDPPingProbeTests {
    private static func run(port: Int, keyFile: String?) async -> ProbeResult {
        var recipe = ProbeRecipe.Latency(
            count: 3, interval: .milliseconds(20), timeout: .seconds(1), method: .rmbtUDP)
        recipe.udpPort = port
        let server = RMBTTarget(access: .direct(.init(address: "127.0.0.1", tokenKeyFile: keyFile)))
        return await ProbeRunner(credentials: [:]).run(
            ProbeRequest(
                target: Target(name: "own", system: .server(server), assignments: []),
                probe: ProbeSpec(name: "udp", recipe: .latency(recipe)), trigger: .manual))
    }

    /// Serves pings under the key `topsecret`, and offers a file that holds `key`.
    private static func with(
        key: String, _ body: (_ port: Int, _ keyFile: String) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.path + "/keys-\(UUID().uuidString)"
        _ = FileManager.default.createFile(
            atPath: file, contents: Data("\(key) own\n".utf8), attributes: [.posixPermissions: 0o600])
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try await UDPPingServer.bind(
            to: [("127.0.0.1", 0)], verifier: RMBTTokenVerifier(keys: [.init("topsecret", label: "own")]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port, file)
            group.cancelAll()
        }
    }

    @Test func `the service answers who has its key`() async throws {
        try await Self.with(key: "topsecret") { port, file in
            let result = await Self.run(port: port, keyFile: file)
            #expect(result.outcome == .measured)
            #expect(result.latency?.method == .rmbtUDP)
            #expect(result.latency?.count == 3)
            #expect(result.latency?.lossRatio == 0)
        }
    }

    @Test func `a wrong key is answered by silence`() async throws {
        try await Self.with(key: "guess") { port, file in
            let result = await Self.run(port: port, keyFile: file)
            #expect(
                result.outcome
                    == .failed(
                        ProbeFailure(
                            .unreachable, "127.0.0.1:\(port) answered none of 3 UDP pings within 1 s.")))
        }
    }

    @Test func `a key file that is not there is told by its name`() async {
        let result = await Self.run(port: 9, keyFile: "/nowhere/keys")
        #expect(result.outcome.name == "failed")
        guard case .failed(let failure) = result.outcome else { return }
        #expect(failure.kind == .internal)
        #expect(failure.message.contains("/nowhere/keys"))
    }
}
