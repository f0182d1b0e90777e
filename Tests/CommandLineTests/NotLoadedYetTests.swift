import Foundation
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(3))) struct NotLoadedYetTests {
    @Test func `a target or probe that the running agent has not loaded is told with the command that loads it`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "not-loaded-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "fleet.yaml").path
        func write(_ names: [String], _ probes: String) throws {
            let routers = names.map { "  - { name: \"\($0)\", address: 127.0.0.1, port: 1 }\n" }.joined()
            let text = """
                version: 1
                seed: s
                probes: { \(probes) }
                defaults: { probes: [ping], schedule: { every: 12h } }
                routers:
                \(routers)
                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        let ping = "ping: { latency: { count: 1, method: tcp, timeout: 100ms } }"
        try write(["r1"], ping)
        let agent = try ProbeProcess(["agent", "--fleet", file])
        let socket = folder.appending(path: "fleetprobe.db.agent").path
        try await agent.until { FileManager.default.fileExists(atPath: socket) }
        #expect(try permissions(socket) == 0o600)

        try write(["r1", "Tower North/2 %"], ping + ", once: { latency: { count: 1, method: tcp, timeout: 100ms } }")
        let remedy =
            "the running agent has not loaded it yet: let it read its fleet file again with `kill -HUP \(agent.identifier)`\n"
        let target = try await ProbeProcess.run(["now", "Tower North/2 %", "--fleet", file])
        #expect(target.status == 78)
        #expect(target.errors == "probe: Tower North/2 % ping: " + remedy)
        let probe = try await ProbeProcess.run(["now", "r1", "--probe", "once", "--fleet", file])
        #expect(probe.status == 78)
        #expect(probe.errors == "probe: r1 once: " + remedy)

        agent.signal(SIGHUP)
        try await agent.until { agent.errors.contains("fleet file read again") }
        let loaded = try await ProbeProcess.run(["now", "Tower North/2 %", "--fleet", file, "--format", "csv"])
        #expect(loaded.output.contains(",Tower North/2 %,ping,latency,manual,"))
        agent.signal(SIGTERM)
        #expect(try await agent.ended().status == 0)
        let listed = try await ProbeProcess.run(["runs", "--fleet", file, "--target", "Tower North/2 %"])
        #expect(listed.status == 0 && listed.output.contains("Tower North/2 %  ping"))
    }

    private func permissions(_ path: String) throws -> Int {
        let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return try #require(found as? NSNumber).intValue
    }
}
