import Foundation
import TestSupport
import Testing

/// `probe rmbt --control` against `probe serve control` and `probe serve rmbt`: phases 1 to 7 between three processes.
@Suite(.usesSockets) struct ControlledTestTests {
    private static func fields(_ text: String) throws -> [String: Any] {
        let runs = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        return try #require(runs?.first)
    }

    private static func rate(_ run: [String: Any], _ direction: String) throws -> Double {
        try #require((run[direction] as? [String: Any])?["bits_per_second"] as? Double)
    }

    @Test(arguments: ["--listen", "--listen-http", "--listen-http-tls"])
    func `a test is given, measured and stored there as it is printed here`(listener: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "controlled-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = folder.appending(path: "keys")
        try TestBench.write("topsecret test\n", to: keys)
        let (store, state) = (folder.appending(path: "r.db").path, folder.appending(path: "state").path)
        let rmbt = try ProbeProcess(["serve", "rmbt", listener, "127.0.0.1:0", "--token-key-file", keys.path])
        defer { rmbt.signal(SIGTERM) }
        let rmbtPort = try await TestBench.port(of: rmbt)
        let control = try ProbeProcess([
            "serve", "control", "--listen", "127.0.0.1:0", "--rmbt", "own=127.0.0.1:\(rmbtPort)", "--token-key-file",
            keys.path, "--db", store,
        ])
        defer { control.signal(SIGTERM) }
        let url = "http://127.0.0.1:\(try await TestBench.port(of: control))"
        for _ in 0..<2 {
            let ended = try await ProbeProcess.run(
                [
                    "rmbt", "--control", url, "--insecure", "--duration", "1s", "--pretest", "100ms", "--format",
                    "json",
                    "-q",
                ], environment: ["FLEETPROBE_STATE": state])
            #expect(ended.status == 0, "\(ended.errors)")
            let run = try Self.fields(ended.output)
            #expect(run["flags"] as? [String] == ["tls-unverified"])
            let stored = try await ProbeProcess.run(["runs", "--db", store, "--format", "json"])
            let kept = try Self.fields(stored.output)
            #expect(kept["outcome"] as? String == "measured")
            for direction in ["download", "upload"] {
                let (here, there) = (try Self.rate(run, direction), try Self.rate(kept, direction))
                #expect(abs(here - there) / here < 0.001)
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: state).count == 1)
        let all = try await ProbeProcess.run(["runs", "--db", store, "--format", "jsonl"])
        #expect(all.output.split(separator: "\n").count == 2)
    }

    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && getsockname(number, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    @Test func `a measured result is confirmed by its server's report, and one that nobody measured is not`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "confirmed-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let keys = folder.appending(path: "keys")
        try TestBench.write("topsecret test\n", to: keys)
        let (store, state) = (folder.appending(path: "r.db").path, folder.appending(path: "state").path)
        let url = "http://127.0.0.1:\(try Self.freePort())"
        let rmbt = try ProbeProcess([
            "serve", "rmbt", "--listen-http", "127.0.0.1:0", "--token-key-file", keys.path, "--report-to", url,
        ])
        defer { rmbt.signal(SIGTERM) }
        let rmbtPort = try await TestBench.port(of: rmbt)
        let control = try ProbeProcess([
            "serve", "control", "--listen", String(url.dropFirst("http://".count)), "--rmbt",
            "own=127.0.0.1:\(rmbtPort)", "--token-key-file", keys.path, "--db", store,
        ])
        defer { control.signal(SIGTERM) }
        _ = try await TestBench.port(of: control)
        let ended = try await ProbeProcess.run(
            ["rmbt", "--control", url, "--duration", "2s", "--pretest", "200ms", "--format", "json", "-q"],
            environment: ["FLEETPROBE_STATE": state])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try Self.fields(ended.output)["flags"] as? [String] == [])
        let measured = try Self.fields(try await ProbeProcess.run(["runs", "--db", store, "--format", "json"]).output)
        #expect(measured["flags"] as? [String] == ["server:own", "client:RMBT"])

        let invention = """
            import json,sys,urllib.request as r
            def post(use, message):
                url = sys.argv[1] + "/RMBTControlServer/" + use
                return json.load(r.urlopen(r.Request(url, json.dumps(message).encode(), {"Content-Type": "application/json"})))
            terms = post("testRequest", {"uuid": "8723358c-2037-4029-a70c-91e5d9d35cf3", "capabilities": {"RMBThttp": True}})
            print(post("result", {"test_token": terms["test_token"], "test_status": "0", "test_speed_download": 9000000,
                "test_bytes_download": 1068750000, "test_nsec_download": 950000000}))
            """
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        python.arguments = ["-c", invention, url]
        let output = Pipe()
        python.standardOutput = output
        try python.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(said == "{'error': []}\n")
        let invented = try Self.fields(try await ProbeProcess.run(["runs", "--db", store, "--format", "json"]).output)
        #expect(invented["flags"] as? [String] == ["server:own", "unconfirmed"])
    }

    @Test(arguments: [
        ([], "Name a server, or a Control Server with --control URL."),
        (["host", "--control", "http://a.example"], "leave the host or --control out"),
        (["--control", "ftp://a.example"], "--control takes the base address of a Control Server"),
        (["--control", "http://a.example", "--port", "1"], "have no place beside --control"),
    ])
    func `options that do not go together are said`(arguments: [String], sentence: String) async throws {
        let ended = try await ProbeProcess.run(["rmbt"] + arguments)
        #expect(ended.status == 64)
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
    }
}
