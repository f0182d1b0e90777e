import Foundation
import Testing

@testable import CommandLine
@testable import Store

@Suite(.timeLimit(.minutes(3))) struct AgentCommandTests {
    private let fleet = """
        probes:
          tcp: { btest: { direction: download, duration: 1s, timeout: 4s } }
          ping: { latency: { count: 2, interval: 50ms, method: tcp } }
        defaults: { credential: core, retries: 0, schedule: { every: 12s, jitter: 1s } }

        """

    private func routers(_ port: Int) -> String {
        """
        routers:
          - { name: good, address: 127.0.0.1, port: \(port), probes: [tcp] }
          - { name: locked, address: 127.0.0.1, port: \(port), credential: typo, probes: [tcp] }
          - { name: gone, address: 127.0.0.1, port: 1, probes: [tcp] }

        """
    }

    @Test func `an agent runs its schedule, stores results, answers probe now and stops in order`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(fleet + routers(bench.btestPort))
        let agent = try ProbeProcess(["agent", "--fleet", bench.fleetFile])
        try await agent.until { agent.errors.contains("agent started") }

        let second = try await ProbeProcess.run(["agent", "--fleet", bench.fleetFile])
        #expect(second.status == 75)

        // Through the running agent: its process holds the store.
        let now = try await ProbeProcess.run([
            "now", "good", "locked", "gone", "--fleet", bench.fleetFile, "--format", "jsonl",
        ])
        #expect(now.status == 77)
        #expect(now.output.split(separator: "\n").count == 3)
        #expect(agent.errors.contains("test asked for"))

        let store = try ResultStore(path: bench.database, access: .readOnly)
        try await agent.until {
            let runs = try await store.runs()
            return Set(runs.filter { $0.trigger == .schedule }.map(\.target)) == ["good", "locked", "gone"]
        }
        let runs = try await store.runs()
        #expect(runs.contains { $0.target == "good" && $0.outcome == .measured && $0.trigger == .schedule })
        #expect(runs.filter { $0.trigger == .manual }.count == 3)

        agent.signal(SIGTERM)
        let ended = try await agent.ended()
        #expect(ended.status == 0)
        #expect(ended.errors.contains("agent stopped"))
        #expect(try await store.events().first?.kind == .agentStopped)

        let listed = try await ProbeProcess.run(["runs", "--fleet", bench.fleetFile, "--target", "gone"])
        #expect(listed.status == 0)
        #expect(listed.output.contains("nothing listens there"))

        let out = bench.folder.appending(path: "out").path
        let report = try await ProbeProcess.run(["report", "--fleet", bench.fleetFile, "--out", out])
        #expect(report.status == 0)
        for name in ["index.html", "runs.csv", "summary.csv"] {
            #expect(FileManager.default.fileExists(atPath: out + "/" + name))
        }
    }

    @Test func `SIGHUP takes a new fleet file over and leaves the old one in force when it has problems`() async throws
    {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(fleet + routers(bench.btestPort))
        let agent = try ProbeProcess(["agent", "--fleet", bench.fleetFile])
        try await agent.until { agent.errors.contains("agent started") }
        try bench.writeFleet(fleet + "routers: [{ name: good, adress: 127.0.0.1, probes: [tcp] }]\n")
        agent.signal(SIGHUP)
        try await agent.until { agent.errors.contains("the fleet file has problems; the old one stays in force") }
        try bench.writeFleet(
            fleet + routers(bench.btestPort) + "  - { name: new, address: 127.0.0.1, port: 1, probes: [tcp] }\n")
        agent.signal(SIGHUP)
        try await agent.until { agent.errors.contains("fleet file read again: 4 targets") }
        agent.signal(SIGTERM)
        #expect(try await agent.ended().status == 0)
    }

    @Test func `probe now works without an agent and stores what it measured`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(fleet + routers(bench.btestPort))
        let now = try await ProbeProcess.run([
            "now", "127.0.0.1:1", "--probe", "ping", "--fleet", bench.fleetFile, "--format", "json",
        ])
        #expect(now.status == 0, "\(now.errors)")
        #expect(now.output.contains("\"method\":\"tcp-connect\""))
        let runs = try await ResultStore(path: bench.database, access: .readOnly).runs()
        #expect(runs.map(\.target) == ["gone"])
        let ambiguous = try await ProbeProcess.run(["now", "127.0.0.1", "--fleet", bench.fleetFile])
        #expect(ambiguous.status == 64)
        #expect(ambiguous.errors.contains("127.0.0.1 is the address of good, locked, gone: name the one to test"))
        let unknown = try await ProbeProcess.run(["now", "nobody", "--fleet", bench.fleetFile])
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("there is no target \"nobody\""))
    }

    @Test func `probe check reports every problem with its place and exits 78`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(fleet + "routers: [{ name: a, adress: 127.0.0.1 }, { name: a, address: 127.0.0.2 }]\n")
        let check = try await ProbeProcess.run(["check", bench.fleetFile])
        #expect(check.status == 78)
        #expect(check.errors.contains(bench.fleetFile + ":"))
        #expect(check.errors.contains("\"adress\""))
        try bench.writeFleet(fleet + routers(bench.btestPort))
        #expect(try await ProbeProcess.run(["check", bench.fleetFile]).status == 0)
    }

    @Test func `probe plan prints the same slots each time`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(fleet + routers(bench.btestPort))
        let plan = try await ProbeProcess.run(["plan", "--for", "60s", "--fleet", bench.fleetFile, "--format", "jsonl"])
        #expect(plan.status == 0, "\(plan.errors)")
        let lines = plan.output.split(separator: "\n")
        #expect((12...18).contains(lines.count))
        let again = try await ProbeProcess.run([
            "plan", "--for", "60s", "--fleet", bench.fleetFile, "--format", "jsonl",
        ])
        // The window has moved on a little: what both show is the same.
        #expect(Set(again.output.split(separator: "\n")).intersection(lines).count >= 12)
    }

    @Test func `an idle agent with 1,000 targets stays under 80 MB`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let many = (1...1000).map { "  - { name: r\($0), address: 127.0.0.1, port: 1, probes: [tcp] }\n" }.joined()
        try bench.writeFleet(
            fleet.replacing("every: 12s, jitter: 1s", with: "every: 7d, jitter: 1h") + "routers:\n" + many)
        let agent = try ProbeProcess(["agent", "--fleet", bench.fleetFile])
        try await agent.until { agent.errors.contains("agent started with 1000 targets") }
        try await Task.sleep(for: .seconds(1))
        let status = try String(contentsOfFile: "/proc/\(agent.identifier)/status", encoding: .utf8)
        let kilobytes = try #require(status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) })
        #expect(kilobytes < 80_000)
        agent.signal(SIGTERM)
        #expect(try await agent.ended().status == 0)
    }

    @Test func `an interrupted probe now keeps what it measured and asks for no more`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(
            fleet.replacing("duration: 1s", with: "duration: 30s").replacing("every: 12s", with: "every: 60s")
                + routers(bench.btestPort))
        let now = try ProbeProcess(["now", "good", "gone", "--fleet", bench.fleetFile, "--format", "jsonl"])
        try await now.until { bench.btest.errors.contains("test started") }
        try await Task.sleep(for: .milliseconds(300))
        now.signal(SIGINT)
        let ended = try await now.ended(within: .seconds(5))
        #expect(ended.status == 1)
        #expect(ended.output.split(separator: "\n").count == 1)
        #expect(ended.output.contains("\"kind\":\"interrupted\""))
        let runs = try await ResultStore(path: bench.database, access: .readOnly).runs()
        #expect(runs.map(\.target) == ["good"])
        #expect(runs.first?.download?.bytes ?? 0 > 0)
    }

    @Test func `an agent without its socket still runs its schedule`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        // Deeper than a Unix socket's address has room for.
        let folder = bench.folder.appending(path: String(repeating: "d", count: 120))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try bench.writeFleet(fleet + routers(bench.btestPort))
        let agent = try ProbeProcess([
            "agent", "--fleet", bench.fleetFile, "--db", folder.appending(path: "store.db").path,
        ])
        try await agent.until { agent.errors.contains("too long for a socket") }
        try await agent.until { agent.errors.contains("test ended") }
        agent.signal(SIGTERM)
        #expect(try await agent.ended().status == 0)
    }
}
