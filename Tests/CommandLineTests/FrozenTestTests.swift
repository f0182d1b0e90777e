import Foundation
import Testing

@testable import CommandLine

/// A process that is stopped while it measures must not take what the kernel did meanwhile for a rate of the line.
@Suite(.timeLimit(.minutes(3))) struct FrozenTestTests {
    /// Stops the test for a while once it runs, and lets it end.
    private func outcome(
        _ arguments: [String], stoppedAfter begin: Duration = .milliseconds(1200), for time: Duration
    ) async throws -> (kind: String?, outcome: String?, message: String?) {
        let test = try ProbeProcess(arguments + ["--format", "json"])
        try await Task.sleep(for: begin)
        test.signal(SIGSTOP)
        try await Task.sleep(for: time)
        test.signal(SIGCONT)
        let ended = try await test.ended()
        let runs = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]]
        let failure = runs?.first?["failure"] as? [String: Any]
        return (failure?["kind"] as? String, runs?.first?["outcome"] as? String, failure?["message"] as? String)
    }

    @Test(arguments: [["-r"], ["-t"], ["-r", "-t", "-c", "3"], ["-u", "-r"], ["-u", "-t"]])
    func `a stopped btest is interrupted and not measured`(options: [String]) async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let result = try await outcome(
            [
                "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-d", "4s", "-b", "20M", "-a", "probe",
                "--password-file", bench.folder.appending(path: "password").path,
            ] + options, for: .milliseconds(1800))
        #expect(result.outcome == "failed" && result.kind == "interrupted", "\(result)")
        #expect(result.message?.contains("stood still for ") == true, "\(result)")
    }

    @Test func `a btest that is stopped beyond its end is interrupted`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let result = try await outcome(
            [
                "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-d", "2s", "-b", "20M", "-a", "probe",
                "--password-file", bench.folder.appending(path: "password").path,
            ], for: .seconds(4))
        #expect(result.kind == "interrupted", "\(result)")
    }

    @Test func `a stopped RMBT test is interrupted`() async throws {
        let server = try ProbeProcess(["serve", "rmbt", "--listen", "127.0.0.1:0", "--no-token"])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        let result = try await outcome(
            ["rmbt", "127.0.0.1", "--port", "\(port)", "--no-tls", "--duration", "3s"], for: .milliseconds(1800))
        #expect(result.kind == "interrupted", "\(result)")
    }

    @Test func `stopped round trips are interrupted, and lost to nobody`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(
            """
            probes: { ping: { latency: { count: 40, interval: 100ms, method: tcp } } }
            routers: [{ name: r1, address: 127.0.0.1, port: 1, probes: [ping], schedule: [] }]
            """)
        let result = try await outcome(
            ["now", "r1", "--fleet", bench.fleetFile], stoppedAfter: .milliseconds(2000), for: .milliseconds(1800))
        #expect(result.kind == "interrupted", "\(result)")
    }

    @Test func `a stop of half a second is measured as it is`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let result = try await outcome(
            [
                "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-d", "3s", "-b", "20M", "-a", "probe",
                "--password-file", bench.folder.appending(path: "password").path,
            ], for: .milliseconds(400))
        #expect(result.outcome == "measured", "\(result)")
    }
}
