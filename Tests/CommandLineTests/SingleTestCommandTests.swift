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

    @Test func `options that fit nothing are errors and not passed over`() async throws {
        let sentences = [
            ["--password-file", "x"]: "--password-file needs a user name: give it with -a, for example -a admin.",
            ["--password-stdin"]: "--password-stdin needs a user name: give it with -a, for example -a admin.",
            ["-a", "u", "--password-file", "x", "--password-stdin"]: "cannot be used together",
            ["-q", "-v"]: "-q and -v cannot be used together.",
            ["-n"]: "-n opens the way for UDP packets: add -u, or leave -n out.",
            ["-d", "2h"]: "-d takes 100ms to 1h, found 2h; write -d 30s, for example.",
            ["-d", "soon"]: "How long data flows, 100ms to 1h, for example 30s.",
            ["-b", "0"]: "Limit for each direction in bit/s, more than 0: 500K, 100M, 1.5G.",
            ["-P", "0"]: "-P takes 1 to 65535, found 0; write -P 2000, for example.",
            ["-c", "0"]: "-c takes 1 to 100 connections, found 0; write -c 4, for example.",
        ]
        for (options, sentence) in sentences {
            let ended = try await ProbeProcess.run(["btest", "127.0.0.1", "-P", "1"] + options)
            #expect(ended.status == 64)
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
    }

    @Test func `--csv appends a line for each test, also for one that fails`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let file = bench.folder.appending(path: "results.csv")
        func probe(_ options: [String], port: Int) async throws -> Int32 {
            try await ProbeProcess.run(
                ["btest", "127.0.0.1", "-P", "\(port)", "-d", "300ms", "-q", "--csv", file.path] + options
            ).status
        }
        let login = ["-a", "probe", "--password-file", bench.folder.appending(path: "password").path]
        #expect(try await probe(login + ["-t", "-r"], port: bench.btestPort) == 0)
        #expect(try await probe(login, port: 1) == 69)
        let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).components(separatedBy: "\r\n")
        try #require(lines.count == 4)
        #expect(lines[0].hasPrefix("timestamp,host,port,protocol,direction,duration_s,"))
        let good = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(good.count == 14)
        #expect(good[1...4] == ["127.0.0.1", "\(bench.btestPort)", "TCP", "both"])
        #expect(Int(good[8]) ?? 0 > 10_000)
        #expect(Int(good[9]) ?? 0 > 10_000)
        #expect(good.last == "ecsrp5")
        let failed = lines[2].split(separator: ",", omittingEmptySubsequences: false)
        #expect(failed[1...4] == ["127.0.0.1", "1", "TCP", "receive"])
        #expect(failed[7].isEmpty)
        #expect(lines[3].isEmpty)
    }

    @Test func `a file that cannot take the line is refused before the test`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let other = bench.folder.appending(path: "other.csv")
        try Data("a,b\n1,2\n".utf8).write(to: other)
        for (path, status, words) in [
            (other.path, 65 as Int32, "begins with other columns than timestamp,host,port"),
            (bench.folder.path, 78, "cannot write to \(bench.folder.path): is a directory"),
        ] {
            // Nothing listens there: a test that was begun would end with 69.
            let ended = try await ProbeProcess.run(["btest", "127.0.0.1", "-P", "1", "--csv", path])
            #expect(ended.status == status)
            #expect(ended.errors.contains(words))
            #expect(ended.output.isEmpty)
        }
        #expect(try Data(contentsOf: other) == Data("a,b\n1,2\n".utf8))
    }

    @Test func `-v prints a line for each second and -vv the handshake without its secrets`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        func probe(_ options: [String]) async throws -> ProbeProcess.Ended {
            try await ProbeProcess.run(
                [
                    "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-t", "-r", "-d", "3200ms", "-b", "10M", "-a",
                    "probe",
                    "--password-file", bench.folder.appending(path: "password").path, "--format", "jsonl",
                ] + options)
        }
        let second = /^ +[0-9.]+ s  down [0-9.]+ \w+\/s  up [0-9.]+ \w+\/s(  cpu .*)?$/
        let plain = try await probe(["-v"])
        #expect(plain.status == 0)
        let lines = plain.errors.split(separator: "\n").filter { $0.contains("down") }
        // The fourth is what was left over; a busy machine may leave too little of it.
        #expect((3...4).contains(lines.count), "\(plain.errors)")
        #expect(lines.allSatisfy { (try? second.wholeMatch(in: $0)) != nil }, "\(plain.errors)")
        #expect(lines.last?.contains("% there") == true)
        #expect(!plain.errors.contains("level=debug"))

        let debug = try await probe(["-vv"])
        #expect(debug.errors.contains("authentication=ec-srp5"))
        #expect(debug.errors.contains("data flows"))
        #expect(!debug.errors.contains("right"))
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

    @Test func `probe rmbt measures over every transport of probe serve rmbt`() async throws {
        let any = "127.0.0.1:0"
        let server = try ProbeProcess([
            "serve", "rmbt", "--listen", any, "--listen-tls", any, "--listen-http", any, "--listen-http-tls", any,
            "--no-token",
        ])
        defer { server.signal(SIGTERM) }
        try await server.until { server.errors.contains("may measure") }
        let listeners = server.errors.matches(
            of: /listening on 127.0.0.1:(?<port>[0-9]+)(?<kind>[A-Za-z ]*)/
        ).map { (port: String($0.output.port), kind: String($0.output.kind)) }
        #expect(
            listeners.map(\.kind) == ["", " with TLS", " for HTTP and WebSocket", " for HTTP and WebSocket with TLS"])
        try #require(listeners.count == 4)
        for (port, options) in [
            (listeners[2].port, ["--transport", "http", "--no-tls"]),
            (listeners[2].port, ["--transport", "websocket", "--no-tls"]),
            (listeners[3].port, ["--transport", "websocket", "--insecure"]),
        ] {
            let ended = try await ProbeProcess.run(
                ["rmbt", "127.0.0.1", "--port", port, "--duration", "1s", "--pretest", "100ms", "--format", "json"]
                    + options)
            #expect(ended.status == 0, "\(ended.errors)")
            let run = try run(ended.output)
            #expect((run["download"] as? [String: Any])?["bits_per_second"] as? Double ?? 0 > 1e7)
            #expect((run["upload"] as? [String: Any])?["bits_per_second"] as? Double ?? 0 > 1e7)
        }
        let wrong = try await ProbeProcess.run([
            "rmbt", "127.0.0.1", "--port", listeners[0].port, "--no-tls", "--transport", "websocket",
        ])
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("\"RMBTv1.5.0\", as a port for classic RMBT does."))
    }
}
