import Foundation
import Testing

/// What `probe serve btest` leaves behind, through the program itself.
@Suite(.timeLimit(.minutes(2))) struct ServerRecordTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "records-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try TestBench.write("right\n", to: folder.appending(path: "password"))
        try TestBench.write("wrong\n", to: folder.appending(path: "wrong"))
    }

    private func serve(_ options: [String]) throws -> ProbeProcess {
        try ProbeProcess(
            [
                "serve", "btest", "--listen", "127.0.0.1:0", "--user", "probe", "--password-file",
                folder.appending(path: "password").path,
            ] + options)
    }

    private func test(_ port: Int, _ options: [String], password: String = "password") async throws -> Int32 {
        try await ProbeProcess.run(
            [
                "btest", "127.0.0.1", "-P", "\(port)", "-d", "300ms", "-q", "-a", "probe", "--password-file",
                folder.appending(path: password).path,
            ] + options
        ).status
    }

    @Test(arguments: ["rfc3164", "rfc5424"])
    func `a syslog server hears of logins and tests`(format: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let receiver = try DatagramReceiver()
        let server = try serve(["--syslog", "127.0.0.1:\(receiver.port)", "--syslog-format", format])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        #expect(try await test(port, ["-r"]) == 0)
        #expect(try await test(port, ["-r"], password: "wrong") == 77)
        var lines: [String] = []
        try await server.until {
            lines += receiver.waiting()
            return lines.contains { $0.contains("AUTH_FAILURE") } && lines.contains { $0.contains("TEST_END") }
        }
        let head =
            format == "rfc3164"
            ? #/^<(30|28)>[A-Z][a-z]{2} [ 123][0-9] [0-9:]{8} [^ ]+ fleetprobe\[[0-9]+\]: [A-Z_]+ peer=127\.0\.0\.1:[0-9]+ .*/#
            : #/^<(30|28)>1 [-0-9]{10}T[0-9:.]{12}Z [^ ]+ fleetprobe [0-9]+ [A-Z_]+ \[fleetprobe@32473 peer="127\.0\.0\.1:[0-9]+".*/#
        for line in lines { #expect(line.wholeMatch(of: head) != nil, "\(line)") }
        let of = { (event: String) in lines.filter { $0.contains(" \(event) peer=") } }
        #expect(of("AUTH_SUCCESS").map { $0.contains(" user=probe type=ecsrp5") } == [true])
        #expect(of("TEST_START").map { $0.contains(" proto=TCP dir=TX connections=1") } == [true])
        #expect(of("AUTH_FAILURE").map { $0.contains(" user=probe type=ecsrp5 reason=\"wrong password\"") } == [true])
        let end = try #require(of("TEST_END").first)
        let figures = #/ proto=TCP dir=TX duration=[0-9.]+s tx_avg=[0-9.]+Mbps rx_avg=0\.00Mbps tx_bytes=[1-9]/#
        #expect(end.contains(figures), "\(end)")
    }

    @Test func `a file gets a line for each test, and what ended with the server too`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "served.csv")
        let server = try serve(["--csv", file.path])
        let port = try await TestBench.port(of: server)
        #expect(try await test(port, ["-t"]) == 0)
        #expect(try await test(port, [], password: "wrong") == 77)
        let last = try ProbeProcess([
            "btest", "127.0.0.1", "-P", "\(port)", "-d", "60s", "-v", "-b", "1M", "-a", "probe", "--password-file",
            folder.appending(path: "password").path,
        ])
        try await last.until { last.errors.contains("down") }
        server.signal(SIGTERM)
        #expect(try await server.ended().status == 0)
        let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).components(separatedBy: "\r\n")
        try #require(lines.count == 4)
        let first = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(first[1] == "127.0.0.1")
        #expect((1...65535).contains(Int(first[2]) ?? 0))
        #expect(first[3...4] == ["TCP", "RX"])
        #expect(Int(first[9]) ?? 0 > 10_000)
        #expect(first.last == "ecsrp5")
        #expect(lines[2].contains(",TCP,TX,"))
        #expect(lines[3].isEmpty)
    }

    @Test func `JSON logs of a server have numbers where numbers are`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try serve(["--log-format", "json"])
        let port = try await TestBench.port(of: server)
        #expect(try await test(port, []) == 0)
        server.signal(SIGTERM)
        let lines = try await server.ended().errors.split(separator: "\n")
        let logs = try lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let end = try #require(logs.first { $0["msg"] as? String == "test ended" })
        #expect(end["sent_bytes"] as? Int ?? 0 > 10_000)
        #expect(end["seconds"] as? Double ?? 0 > 0)
        #expect(end["peer"] as? String == "127.0.0.1")
    }

    @Test func `what cannot be recorded is known before the server starts`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for (options, status, words) in [
            (["--syslog", "no-such-host.invalid:514"], 78 as Int32, "Fix the name, or give the server's address."),
            (["--syslog", "127.0.0.1:0"], 64, "write HOST:PORT with a port of 1 to 65535, for example 192.0.2.1:514."),
            (["--syslog", ":514"], 64, "write HOST:PORT with a port of 1 to 65535, for example 192.0.2.1:514."),
            (
                ["--syslog-format", "rfc3164"], 64,
                "--syslog-format needs --syslog, for example --syslog 192.0.2.1:514."
            ),
            (["--csv", folder.path], 78, "cannot write to \(folder.path): is a directory"),
        ] {
            let ended = try await serve(options).ended()
            #expect(ended.status == status, "\(options)")
            #expect(ended.errors.contains(words), "\(ended.errors)")
            #expect(!ended.errors.contains("listening"))
        }
    }
}
