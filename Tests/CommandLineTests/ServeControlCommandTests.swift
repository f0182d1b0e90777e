import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ServeControlCommandTests {
    private struct Bench {
        let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "control-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try TestBench.write("topsecret test\n", to: folder.appending(path: "keys"))
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }

        func control(_ options: [String]) throws -> ProbeProcess {
            try ProbeProcess(
                ["serve", "control", "--listen", "127.0.0.1:0", "--token-key-file", path("keys"), "--db", path("r.db")]
                    + options)
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func post(_ port: Int, _ name: String, _ message: [String: Any]) async throws -> [String: Any] {
        var fields: [String: Any]?
        let body = try JSONSerialization.data(withJSONObject: message)
        let url = "http://127.0.0.1:\(port)/RMBTControlServer/\(name)"
        // The system's own client, which knows nothing of this program.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            "import sys,urllib.request as r;print(r.urlopen(r.Request(sys.argv[1],sys.stdin.buffer.read())).read().decode())",
            url,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: body)
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        fields = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        return try #require(fields)
    }

    @Test func `a test is given, its result stored, and the report's tools see it`() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        let rmbt = try ProbeProcess(
            ["serve", "rmbt", "--listen", "127.0.0.1:0", "--token-key-file", bench.path("keys")])
        defer { rmbt.signal(SIGTERM) }
        let rmbtPort = try await TestBench.port(of: rmbt)
        let server = try bench.control(["--rmbt", "own=127.0.0.1:\(rmbtPort)", "--rmbt", "gone=127.0.0.1:1"])
        let port = try await TestBench.port(of: server)
        #expect(server.errors.contains("server does not answer and is not offered"))

        let client = UUID().uuidString.lowercased()
        let terms = try await post(port, "testRequest", ["uuid": client, "client": "RMBT", "timezone": "UTC"])
        #expect(terms["test_server_name"] as? String == "own")
        #expect(terms["test_server_port"] as? Int == rmbtPort)
        #expect(terms["test_server_type"] as? String == "RMBT")
        let submission: [String: Any] = [
            "client_uuid": client, "test_token": try #require(terms["test_token"]), "test_status": "0",
            "test_speed_download": 93_400, "test_speed_upload": 20_000, "test_bytes_download": 5_837_500,
            "test_bytes_upload": 1_250_000, "test_nsec_download": 500_000_000, "test_nsec_upload": 500_000_000,
            "pings": [["value_server": 12_300_000]],
        ]
        #expect(try await post(port, "result", submission)["error"] as? [String] == [])
        let history = try await post(port, "history", ["uuid": client])
        #expect((history["history"] as? [[String: Any]])?.first?["speed_download"] as? String == "93.4")

        // The client's uuid opens its history: the store does not have it.
        let runs = try await ProbeProcess.run(["runs", "--db", bench.path("r.db"), "--format", "json"])
        #expect(runs.status == 0)
        #expect(!runs.output.contains(client))
        let stored = try #require(
            (try JSONSerialization.jsonObject(with: Data(runs.output.utf8)) as? [[String: Any]])?.first)
        #expect((stored["target"] as? String)?.wholeMatch(of: /client-[0-9a-f]{12}/) != nil)
        #expect(stored["probe"] as? String == "control")
        #expect(stored["run_id"] as? String == terms["test_uuid"] as? String)
        #expect(stored["flags"] as? [String] == ["server:own", "unconfirmed"])
        #expect((stored["latency"] as? [String: Any])?["median_seconds"] as? Double == 0.0123)

        server.signal(SIGTERM)
        #expect(try await server.ended(within: .seconds(10)).status == 0)

        // Its owner has no fleet file.
        let report = ["report", "--db", bench.path("r.db"), "--out", bench.path("report")]
        let nowhere = ["XDG_CONFIG_HOME": bench.path("none")]
        let written = try await ProbeProcess.run(report, environment: nowhere)
        #expect(written.status == 0, "\(written.errors)")
        let page = try String(contentsOf: bench.folder.appending(path: "report/index.html"), encoding: .utf8)
        #expect(page.contains(try #require(stored["target"] as? String)))
        #expect(page.contains("Measured against the server own."))
        #expect(!page.contains("Not in the fleet file."))
        let name = ["--target", try #require(stored["target"] as? String)]
        #expect(try await ProbeProcess.run(report + name, environment: nowhere).status == 0)
        let unknown = try await ProbeProcess.run(report + ["--target", "nobody"], environment: nowhere)
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("there is no target \"nobody\" in \(bench.path("r.db"))"))
        let grouped = try await ProbeProcess.run(report + ["--group", "towers"], environment: nowhere)
        #expect(grouped.status == 64)
        #expect(grouped.errors.contains("groups and tags are in a fleet file: name it with --fleet"))
    }

    @Test func `options that do not fit are errors with an example`() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        let keys = ["--token-key-file", bench.path("keys")]
        let own = ["--rmbt", "own=127.0.0.1:1"]
        let listen = ["--listen", "127.0.0.1:0"]
        let cases: [([String], String)] = [
            (own + keys, "Give at least one of --listen and --listen-tls."),
            (listen + keys, "Name at least one RMBT server: --rmbt own=192.0.2.1:443, for example, or --servers FILE."),
            (listen + own, "--rmbt needs --token-key-file"),
            (listen + keys + ["--rmbt", "own"], "a server is NAME=HOST:PORT: write own=192.0.2.1:443"),
            (listen + keys + ["--rmbt", "own=host"], "the server own needs a port of 1 to 65535"),
            (listen + keys + ["--rmbt", "own=host:1,ssl"], "the options are tls, no-tls, type=… and max-tests=…"),
            (listen + keys + ["--rmbt", "own=host:1,type=ftp"], "the types are RMBT, RMBThttp, RMBTws and auto."),
            (listen + keys + own + ["--operator", " "], "--operator takes 1 to 100 printable characters."),
            (listen + keys + own + ["--operator", "a\u{1B}b"], "--operator takes 1 to 100 printable characters."),
            (
                listen + keys + own + ["--imprint-url", "javascript:alert(1)"],
                "--imprint-url takes an address such as https://www.example.net/imprint."
            ),
            (listen + keys + own + ["--privacy-url", "https://a b"], "--privacy-url takes an address such as"),
            (
                listen + keys + own + ["--allow-origin", "https://a.example/page"],
                "--allow-origin takes an origin such as"
            ),
            (listen + keys + own + ["--allow-origin", "a.example"], "--allow-origin takes an origin such as"),
            (listen + keys + own + own, "Two servers are called own: rename one of them."),
            (
                listen + keys + own + ["--test-duration", "31s"],
                "--test-duration takes 1s to 30s in whole seconds, found 31s"
            ),
            (listen + keys + own + ["--threads", "21"], "--threads takes 1 to 20, found 21"),
            (listen + keys + own + ["--cert", "a", "--key", "b"], "--cert is for --listen-tls."),
            (listen + keys + own + ["--trust-proxy", "10.0.0.1/8"], "write 10.0.0.0/8 for the range"),
            (listen + keys + own + ["--servers", "x"], "--rmbt and --servers cannot be used together"),
        ]
        for (options, sentence) in cases {
            let ended = try await ProbeProcess.run(["serve", "control"] + options)
            #expect(ended.status == 64)
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
    }

    @Test func `a servers file is answered by all its problems at once`() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        let file = bench.path("servers.yaml")
        try Data(
            """
            version: 1
            servers:
              - { name: one, address: "192.0.2.1:443", prot: 443 }
              - { name: one, address: 192.0.2.2, type: RMBTx, max_tests: 0 }

            """.utf8
        ).write(to: URL(fileURLWithPath: file))
        let ended = try await ProbeProcess.run([
            "serve", "control", "--listen", "127.0.0.1:0", "--servers", file, "--db", bench.path("r.db"),
        ])
        #expect(ended.status == 78)
        let found = ended.errors.replacingOccurrences(of: file, with: "f")
        for sentence in [
            "f:3:5: a server needs \"token_key_file\"", "f:3:27: \"address\" must not hold the port",
            "f:3:44: unknown key in a server, found \"prot\", did you mean \"port\"?",
            "f:4:13: the name \"one\" is taken, first given in f:3, rename one of them",
            "f:4:44: \"type\" must be one of auto, RMBT, RMBThttp, RMBTws",
            "f:4:62: \"max_tests\" must be a whole number from 1 to 10000", "probe: f cannot be used",
        ] {
            #expect(found.contains(sentence), "\(found)")
        }
    }

    @Test func `a token of version 2 is for the client's address, and its result is taken`() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        let rmbt = try ProbeProcess([
            "serve", "rmbt", "--listen-http", "127.0.0.1:0", "--token-key-file", bench.path("keys"), "--token-version",
            "2",
        ])
        defer { rmbt.signal(SIGTERM) }
        let rmbtPort = try await TestBench.port(of: rmbt)
        let server = try bench.control(["--rmbt", "own=127.0.0.1:\(rmbtPort)", "--token-version", "2"])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        let ended = try await ProbeProcess.run([
            "rmbt", "--control", "http://127.0.0.1:\(port)", "--duration", "1s", "--pretest", "100ms", "--format",
            "json", "-q",
        ])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("\"flags\":[]"))
    }

    @Test func `token keys are read again at SIGHUP, and a file that cannot be used changes nothing`() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        try TestBench.write("another new\n", to: bench.folder.appending(path: "new"))
        let rmbt = try ProbeProcess(
            ["serve", "rmbt", "--listen", "127.0.0.1:0", "--token-key-file", bench.path("new"), "--no-penalties"])
        defer { rmbt.signal(SIGTERM) }
        let rmbtPort = try await TestBench.port(of: rmbt)
        let server = try bench.control(["--rmbt", "own=127.0.0.1:\(rmbtPort)"])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        func measure() async throws -> Int32 {
            try await ProbeProcess.run([
                "rmbt", "--control", "http://127.0.0.1:\(port)", "--duration", "1s", "--pretest", "100ms", "-q",
            ]).status
        }
        #expect(try await measure() != 0)

        try Data("another new\n".utf8).write(to: URL(fileURLWithPath: bench.path("keys")))
        server.signal(SIGHUP)
        try await server.until { server.errors.contains("the token keys are read again") }
        #expect(try await measure() == 0)
        // The result's token, too, was judged by the new key.
        #expect(server.errors.contains("result stored"))

        try FileManager.default.removeItem(atPath: bench.path("keys"))
        server.signal(SIGHUP)
        try await server.until { server.errors.contains("the old ones stay in use") }
        #expect(try await measure() == 0)
        #expect(server.isRunning)
    }

    @Test func `a server that has nothing to read again says so at SIGHUP`() async throws {
        let server = try ProbeProcess(["serve", "rmbt", "--listen-tls", "127.0.0.1:0", "--no-token"])
        defer { server.signal(SIGTERM) }
        _ = try await TestBench.port(of: server)
        server.signal(SIGHUP)
        try await server.until {
            server.errors.contains("there is no --cert and no --token-key-file to read again")
        }
        #expect(server.isRunning)
    }
}
