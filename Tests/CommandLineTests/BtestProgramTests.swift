import Foundation
import Testing

/// The program under the name `btest`, and what `probe` says to those who type its options.
@Suite(.timeLimit(.minutes(2))) struct BtestProgramTests {
    private let folder: URL
    private let btest: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "btest-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        btest = folder.appending(path: "btest")
        try FileManager.default.createSymbolicLink(at: btest, withDestinationURL: ProbeProcess.program)
    }

    private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> ProbeProcess.Ended {
        try await ProbeProcess(arguments, environment: environment, program: btest).ended()
    }

    @Test(arguments: [["-a", "admin", "-p", "hunter2"], ["-a", "admin", "-p", "hunter2", "--ecsrp5"], []])
    func `is server and client with the options of btest-rs`(login: [String]) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ProbeProcess(["-s", "--listen", "127.0.0.1", "-P", "0"] + login, program: btest)
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        let csv = folder.appending(path: "results.csv")
        let client = try await run(["-c", "127.0.0.1", "-P", "\(port)", "-tr", "-d", "1", "--csv", csv.path] + login)
        #expect(client.status == 0, "\(client.errors)")
        #expect(client.errors.contains("  down "))
        for said in [client.errors, server.errors] {
            #expect(said.contains("every user of this machine can read a password") == !login.isEmpty)
            #expect(!said.contains("hunter2"))
        }
        let lines = try String(contentsOf: csv, encoding: .utf8).components(separatedBy: "\r\n")
        let word = login.isEmpty ? "none" : login.contains("--ecsrp5") ? "ecsrp5" : "md5"
        #expect(lines.count == 3 && lines[1].hasSuffix(",\(word)"), "\(lines)")
        let quiet = try await run(["-c", "127.0.0.1", "-P", "\(port)", "-r", "-d", "1", "-q"] + login)
        #expect(quiet.status == 0)
        #expect(quiet.output.isEmpty && quiet.errors.isEmpty, "\(quiet.output)\(quiet.errors)")
    }

    @Test func `says what it is and what it cannot do`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let help = try await run(["--help"])
        #expect(help.status == 0)
        for option in [
            "-s, --server", "-c, --client", "-t, --transmit", "-r, --receive", "-u, --udp", "-b, --bandwidth",
            "-P, --port",
            "--listen ADDR", "--listen6", "-a, --authuser", "-p, --authpass", "--ecsrp5", "-n, --nat", "-d, --duration",
            "--csv", "-q, --quiet", "--syslog", "-v, --verbose", "-h, --help", "-V, --version",
        ] {
            #expect(help.output.contains(option))
        }
        #expect(try await run(["-V"]).output.hasPrefix("btest of fleetprobe "))
        let wrong = try await run(["-s", "-d", "5"])
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("btest: -d belongs to a client (-c HOST)"))
    }

    @Test func `probe names the same line in its words and never a password`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for arguments in [
            ["btest", "-c", "192.0.2.1", "-r", "-a", "admin", "-p", "hunter2"],
            ["serve", "btest", "-a", "admin", "-p", "hunter2"], ["btest", "192.0.2.1", "-phunter2"],
            ["user", "add", "bob", "-p", "hunter2"], ["user", "add", "bob", "--password=hunter2"],
            ["btest", "192.0.2.1", "hunter2", "-p", "hunter2"],
        ] {
            let ended = try await ProbeProcess.run(arguments)
            #expect(ended.status == 64)
            #expect(!(ended.output + ended.errors).contains("hunter2"), "\(ended.errors)")
        }
        let remedy = try await ProbeProcess.run(["btest", "-c", "192.0.2.1", "-r", "-a", "admin", "-p", "hunter2"])
        #expect(remedy.errors.contains("\n  probe btest 192.0.2.1 -r -a admin --password-file FILE\n"))
    }

    @Test func `-q prints nothing at all, whatever happens, and --format brings the results alone`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ProbeProcess(["serve", "btest", "--listen", "127.0.0.1:0", "--no-auth"])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        try TestBench.write("", to: folder.appending(path: "open"))
        chmod(folder.appending(path: "open").path, 0o644)
        let fleet = folder.appending(path: "fleet.yaml")
        try Data(
            """
            version: 1
            probes: { t: { btest: { duration: 1s } } }
            routers:
              - { name: good, address: 127.0.0.1, port: \(port), probes: [t], schedule: [] }
              - { name: gone, address: 127.0.0.1, port: 1, probes: [t], schedule: [] }
            """.utf8
        ).write(to: fleet)
        let quick = ["-d", "300ms", "-q"]
        for (arguments, status) in [
            (["btest", "127.0.0.1", "-P", "\(port)"] + quick, 0 as Int32),
            (["btest", "127.0.0.1", "-P", "1"] + quick, 69),
            (["btest", "127.0.0.1", "-P", "1", "--csv", folder.path] + quick, 78),
            (
                [
                    "btest", "127.0.0.1", "-P", "1", "-a", "u", "--password-file", folder.appending(path: "open").path,
                ] + quick, 78
            ),
            (["rmbt", "127.0.0.1", "--port", "1", "--insecure", "-q"], 69),
            (["now", "good", "-q", "--fleet", fleet.path], 0),
            (["now", "gone", "-q", "--fleet", fleet.path], 69),
            (["now", "nobody", "-q", "--fleet", fleet.path], 64),
        ] {
            let ended = try await ProbeProcess.run(arguments)
            #expect(ended.status == status, "\(arguments)")
            #expect(ended.output.isEmpty && ended.errors.isEmpty, "\(arguments): \(ended.output)\(ended.errors)")
        }
        let data = try await ProbeProcess.run(["btest", "127.0.0.1", "-P", "1", "--format", "json"] + quick)
        #expect(data.output.hasPrefix("["))
        #expect(data.errors.isEmpty)
    }

    @Test func `a blank password logs in at a router and is refused to an account of ours`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let empty = folder.appending(path: "empty")
        try TestBench.write("", to: empty)
        for arguments in [
            ["serve", "btest", "--listen", "127.0.0.1:0", "--user", "u", "--password-file", empty.path],
            ["user", "add", "u", "--users-db", folder.appending(path: "u.db").path, "--password-file", empty.path],
        ] {
            let ended = try await ProbeProcess.run(arguments)
            #expect(ended.status == 78)
            #expect(ended.errors.contains("the password is blank, so anybody who knows the user name could log in"))
        }
        // Nothing listens there: what counts is that the password is taken.
        let tries: [([String], [String: String])] = [
            (["--password-file", empty.path], [:]), ([], ["PROBE_PASSWORD": ""]),
        ]
        for (options, environment) in tries {
            let ended = try await ProbeProcess.run(
                ["btest", "127.0.0.1", "-P", "1", "-a", "admin"] + options, environment: environment)
            #expect(ended.status == 69, "\(ended.errors)")
        }
    }
}
