import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SingleTestCommandTests {
    /// The keys of one run in the contract of the command line; none may vanish.
    private static let keys: Set<String> = [
        "schema_version", "run_id", "target", "probe", "kind", "trigger", "scheduled_at", "started_at",
        "duration_seconds", "outcome", "failure", "download", "upload", "latency", "latency_under_load", "cpu",
        "authentication", "flags",
    ]

    private func run(_ text: String) throws -> [String: Any] {
        let runs = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        let run = try #require(runs.first)
        #expect(Self.keys.isSubset(of: run.keys))
        return run
    }

    @Test func `probe btest prints one run as JSON and exits by how it went`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        func probe(_ password: String, port: Int) async throws -> ProbeProcess.Ended {
            try await ProbeProcess.run([
                "btest", "127.0.0.1", "-P", "\(port)", "-t", "-r", "-d", "300ms", "-a", "probe", "--password-file",
                bench.folder.appending(path: password).path, "--format", "json",
            ])
        }
        let good = try await probe("password", port: bench.btestPort)
        #expect(good.status == 0)
        let run = try run(good.output)
        #expect(run["outcome"] as? String == "measured")
        #expect(run["authentication"] as? String == "ec-srp5")
        #expect((run["download"] as? [String: Any])?["bits_per_second"] as? Double ?? 0 > 1e6)
        #expect((run["upload"] as? [String: Any])?["bits_per_second"] as? Double ?? 0 > 1e6)
        #expect((run["latency"] as? [String: Any])?["median_seconds"] as? Double ?? 0 > 0)
        let loaded = run["latency_under_load"] as? [String: Any]
        #expect(loaded?["download_median_seconds"] as? Double ?? 0 > 0)
        #expect(loaded?["upload_median_seconds"] as? Double ?? 0 > 0)

        let wrong = try await probe("wrong", port: bench.btestPort)
        #expect(wrong.status == 77)
        #expect(
            wrong.errors
                == "probe: 127.0.0.1: The server did not accept the user name or the password (ec-srp5).\n")
        let failure = try self.run(wrong.output)["failure"] as? [String: Any]
        #expect(failure?["kind"] as? String == "authentication")

        let nobody = try await probe("password", port: 1)
        #expect(nobody.status == 69)
        #expect(nobody.errors == "probe: 127.0.0.1: 127.0.0.1:1 refused the connection: nothing listens there.\n")
    }

    @Test func `a password never comes from the command line and its file must be closed to others`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let missing = try await ProbeProcess.run(["btest", "127.0.0.1", "-a", "probe"])
        #expect(missing.status == 64)
        #expect(missing.errors.contains("give --password-file, --password-stdin or $PROBE_PASSWORD"))

        let file = bench.folder.appending(path: "password").path
        chmod(file, 0o644)
        let open = try await ProbeProcess.run([
            "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-a", "probe", "--password-file", file,
        ])
        #expect(open.status == 78)
        #expect(open.errors.contains("run chmod 600 "))
    }

    @Test func `servers do not start for anybody by accident`() async throws {
        let btest = try await ProbeProcess.run(["serve", "btest", "--listen", "127.0.0.1:0"])
        #expect(btest.status == 64)
        #expect(btest.errors.contains("or say --no-auth"))
        let rmbt = try await ProbeProcess.run(["serve", "rmbt", "--listen", "127.0.0.1:0"])
        #expect(rmbt.status == 64)
        #expect(rmbt.errors.contains("or say --no-token"))
    }

    @Test func `probe rmbt measures against probe serve rmbt with a token over plain TCP`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key")
        try TestBench.write("topsecret test\n", to: key)
        let server = try ProbeProcess(["serve", "rmbt", "--listen", "127.0.0.1:0", "--token-key-file", key.path])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        let ended = try await ProbeProcess.run([
            "rmbt", "127.0.0.1", "--port", "\(port)", "--no-tls", "--token-key-file", key.path, "--duration", "1s",
            "--pretest", "100ms", "--pings", "5", "--format", "json",
        ])
        #expect(ended.status == 0, "\(ended.errors)")
        let run = try run(ended.output)
        #expect(run["authentication"] as? String == "token")
        #expect((run["latency"] as? [String: Any])?["count"] as? Int == 5)
        #expect((run["upload"] as? [String: Any])?["connections"] as? Int == 3)

        let untrusted = try await ProbeProcess.run([
            "rmbt", "127.0.0.1", "--port", "\(port)", "--no-tls", "--duration", "1s", "--format", "json",
        ])
        #expect(untrusted.status == 77)
    }
}
