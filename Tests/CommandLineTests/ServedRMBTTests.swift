import Foundation
import RMBT
import TestSupport
import Testing

/// `probe serve rmbt` as a process: its options, its certificate, its usage.
@Suite(.usesSockets) struct ServedRMBTTests {
    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try TestBench.write("topsecret test\n", to: folder.appending(path: "key"))
        try await body(folder)
    }

    /// A short test by one connection.
    private static func measure(_ port: Int, _ arguments: [String]) async throws -> ProbeProcess.Ended {
        try await ProbeProcess.run(
            [
                "rmbt", "127.0.0.1", "--port", "\(port)", "--duration", "1s", "--pretest", "100ms", "--pings", "1",
                "--connections", "1", "--direction", "download", "--format", "json",
            ] + arguments)
    }

    @Test(arguments: [
        (["--no-token", "--max-sessions", "0"], "--max-sessions takes 1 or more, and not 0."),
        (["--no-token", "--connections-per-token", "0"], "--connections-per-token takes 1 or more, and not 0."),
        (["--no-token", "--token-version", "2"], "--token-version is for --token-key-file."),
        (["--token-key-file", "key", "--token-version", "3"], "--token-version takes 1 or 2, and not 3."),
        (["--no-token", "--key-quota", "day=1G"], "--key-quota is for --token-key-file."),
        (["--no-token", "--max-rate", "fast"], "The value 'fast' is invalid for '--max-rate <rate>'"),
        (["--no-token", "--address-quota", "10G"], "A quota has a period and a number of bytes"),
        (["--no-token", "--max-command-bytes", "1000"], "--max-command-bytes takes 4096, the smallest chunk, or more"),
        (["--no-token", "--max-startups", "10"], "max-startups"),
        (["--no-token", "--penalty-exempt", "192.0.2.1/24"], "write 192.0.2.0/24 for the range"),
    ])
    func `options that make no sense are said`(arguments: [String], sentence: String) async throws {
        let ended = try await ProbeProcess.run(["serve", "rmbt", "--listen", "127.0.0.1:0"] + arguments)
        #expect(ended.status == 64)
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
    }

    @Test func `the certificate is read again at SIGHUP, and one that cannot be used changes nothing`() async throws {
        try await Self.withFolder { folder in
            let (cert, key) = (folder.appending(path: "cert.pem"), folder.appending(path: "cert-key.pem"))
            let authority = folder.appending(path: "authority.pem")
            func install(_ certificate: SelfSignedCertificate) throws {
                try Data(certificate.certificatePEM.utf8).write(to: cert)
                try Data(certificate.keyPEM.utf8).write(to: key)
            }
            let new = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
            try Data(new.certificatePEM.utf8).write(to: authority)
            try install(SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date()))
            let server = try ProbeProcess([
                "serve", "rmbt", "--listen-tls", "127.0.0.1:0", "--no-token", "--cert", cert.path, "--key", key.path,
            ])
            defer { server.signal(SIGTERM) }
            let port = try await TestBench.port(of: server)
            let trusting = ["--tls", "--ca-file", authority.path]
            let before = try await Self.measure(port, trusting)
            #expect(before.status != 0)
            #expect(before.errors.contains("not signed by a trusted authority"), "\(before.errors)")

            try install(new)
            server.signal(SIGHUP)
            try await server.until { server.errors.contains("the certificate and its key are read again") }
            #expect(try await Self.measure(port, trusting).status == 0)

            try Data("no certificate".utf8).write(to: cert)
            server.signal(SIGHUP)
            try await server.until { server.errors.contains("the old ones stay in use") }
            #expect(try await Self.measure(port, trusting).status == 0)
            #expect(server.isRunning)
        }
    }

    @Test
    func `token keys are read again at SIGHUP, running tests go on, and a file that cannot be used changes nothing`()
        async throws
    {
        try await Self.withFolder { folder in
            let file = folder.appending(path: "served")
            let (old, new) = (folder.appending(path: "key"), folder.appending(path: "new"))
            func keys(_ file: URL) -> [String] { ["--no-tls", "--token-key-file", file.path] }
            func install(_ key: String) throws { try Data(key.utf8).write(to: file) }
            try TestBench.write("topsecret test\n", to: file)
            try TestBench.write("another new\n", to: new)
            let server = try ProbeProcess([
                "serve", "rmbt", "--listen", "127.0.0.1:0", "--token-key-file", file.path, "--no-penalties",
            ])
            defer { server.signal(SIGTERM) }
            let port = try await TestBench.port(of: server)
            let running = try ProbeProcess(
                [
                    "rmbt", "127.0.0.1", "--port", "\(port)", "--duration", "4s", "--pretest", "1s", "--pings", "1",
                    "--connections", "1", "--direction", "download",
                ] + keys(old))
            // Its connection, and the one for latency under load.
            try await server.until { server.errors.matches(of: /token accepted/).count == 2 }

            try install("another new\n")
            server.signal(SIGHUP)
            try await server.until { server.errors.contains("the token keys are read again") }
            #expect(running.isRunning)
            #expect(try await Self.measure(port, keys(old)).status != 0)
            #expect(server.errors.contains("the token is signed with none of our keys"))
            #expect(try await Self.measure(port, keys(new)).status == 0)
            #expect(server.errors.contains("key=new"))
            #expect(try await running.ended().status == 0)

            try install("# none\n")
            server.signal(SIGHUP)
            try await server.until {
                server.errors.contains("the token key file \(file.path) holds no key; write one")
                    && server.errors.contains("a line, 5 characters or more: the old ones stay in use")
            }
            chmod(file.path, 0o604)
            server.signal(SIGHUP)
            try await server.until { server.errors.matches(of: /the old ones stay in use/).count == 2 }
            #expect(try await Self.measure(port, keys(new)).status == 0)
            #expect(server.isRunning)
        }
    }

    @Test func `the rate of a test has a limit`() async throws {
        try await Self.withFolder { folder in
            let keys = ["--token-key-file", folder.appending(path: "key").path]
            let server = try ProbeProcess(["serve", "rmbt", "--listen", "127.0.0.1:0", "--max-rate", "20M"] + keys)
            defer { server.signal(SIGTERM) }
            let ended = try await Self.measure(try await TestBench.port(of: server), keys + ["--no-tls"])
            let runs = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]]
            let download = runs?.first?["download"] as? [String: Any]
            #expect((2e6..<21e6).contains(download?["bits_per_second"] as? Double ?? 0), "\(ended.output)")
        }
    }

    @Test func `whom the server refused stands in the database of its usage, for probe user refusals`() async throws {
        try await Self.withFolder { folder in
            let usage = folder.appending(path: "usage.db").path
            let keys = ["--token-key-file", folder.appending(path: "key").path]
            let forged = folder.appending(path: "forged")
            try TestBench.write("guess\n", to: forged)
            let server = try ProbeProcess(
                ["serve", "rmbt", "--listen", "127.0.0.1:0", "--usage-db", usage, "--address-quota", "day-out=2M"]
                    + keys)
            let port = try await TestBench.port(of: server)
            for keys in [["--token-key-file", forged.path], keys, keys] {
                #expect(try await Self.measure(port, keys + ["--no-tls"]).status != 0)
            }
            func refusals() async throws -> String {
                try await ProbeProcess.run(["user", "refusals", "--users-db", usage, "--format", "csv"]).output
            }
            // Also while the server runs.
            let (ended, refused) = (
                /,127\.0\.0\.1,test,test ended: address 127\.0\.0\.1 has used 2[.0-9]* MB of 2 MB for today \(out\)/,
                /,127\.0\.0\.1,test,address 127\.0\.0\.1 has used 2[.0-9]* MB of 2 MB for today \(out\)/
            )
            try await server.until { try await refusals().contains(refused) }
            let kept = try await refusals()
            #expect(kept.contains(ended), "\(kept)")
            #expect(kept.contains(",127.0.0.1,,the token is signed with none of our keys\r\n"), "\(kept)")
            server.signal(SIGTERM)
            #expect(try await server.ended().status == 0)
        }
    }

    @Test func `what an address has used outlasts the server, and a quota ends a test`() async throws {
        try await Self.withFolder { folder in
            let usage = folder.appending(path: "usage.db").path
            let keys = ["--token-key-file", folder.appending(path: "key").path]
            func serve(_ quota: String) async throws -> (ProbeProcess, Int) {
                let server = try ProbeProcess(
                    ["serve", "rmbt", "--listen", "127.0.0.1:0", "--listen-udp", "127.0.0.1:0", "--usage-db", usage]
                        + ["--address-quota", quota] + keys)
                return (server, try await TestBench.port(of: server))
            }
            let (first, firstPort) = try await serve("day=2M")
            let cut = try await Self.measure(firstPort, keys + ["--no-tls"])
            #expect(cut.status != 0)
            try await first.until { first.errors.contains("address 127.0.0.1 has used 2") }
            #expect(first.errors.contains("for UDP pings"))
            #expect(first.errors.contains("received_bytes="))
            first.signal(SIGTERM)
            _ = try await first.ended()

            let (second, secondPort) = try await serve("day=2M")
            let refused = try await Self.measure(secondPort, keys + ["--no-tls"])
            #expect(refused.status != 0)
            #expect(second.errors.contains("address 127.0.0.1 has used 2"))
            second.signal(SIGTERM)
            _ = try await second.ended()

            let (third, thirdPort) = try await serve("day=900G")
            #expect(try await Self.measure(thirdPort, keys + ["--no-tls"]).status == 0)
            third.signal(SIGTERM)
            _ = try await third.ended()
        }
    }
}
