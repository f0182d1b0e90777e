import Foundation
import Testing

/// `probe serve btest` over a users database that `probe user` changes meanwhile.
@Suite(.timeLimit(.minutes(2))) struct ServedAccountsTests {
    private let bench: UserBench

    init() throws {
        bench = try UserBench()
    }

    private func server(_ arguments: String...) async throws -> (process: ProbeProcess, port: Int) {
        let process = try ProbeProcess(
            ["serve", "btest", "--listen", "127.0.0.1:0", "--users-db", bench.database] + arguments)
        return (process, try await TestBench.port(of: process))
    }

    /// A short download as this user.
    private func test(
        _ port: Int, as user: String, _ arguments: [String] = ["-d", "200ms"]
    ) async throws -> (status: Int32, run: [String: Any]) {
        let ended = try await ProbeProcess.run(
            [
                "btest", "127.0.0.1", "-P", "\(port)", "-a", user, "--password-file", bench.password, "--format",
                "json",
            ] + arguments)
        let runs = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]]
        return (ended.status, try #require(runs?.first))
    }

    private func user(_ arguments: String...) async throws {
        let ended = try await bench.user(arguments)
        try #require(ended.status == 0, "\(ended.errors)")
    }

    /// What the database says that a user downloaded today.
    private func bytesSent(to name: String) async throws -> Int {
        let listed = try await bench.user(["list", name, "--format", "json"])
        let users = try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]]
        let usage = users?.first?["usage"] as? [String: [String: Int]]
        return try #require(usage?["day"]?["bytes_out"])
    }

    private func refusals() async throws -> String {
        try await bench.user(["refusals", "--format", "csv"]).output
    }

    @Test func `a running server follows probe user, and keeps why it refused`() async throws {
        defer { bench.remove() }
        try await user("add", "alice", "--password-file", bench.password)
        let server = try await server()
        defer { server.process.signal(SIGTERM) }
        #expect(server.process.errors.contains("users=1"))
        let first = try await test(server.port, as: "alice")
        #expect(first.status == 0)
        #expect(first.run["authentication"] as? String == "ec-srp5")

        /// Changes an account, and waits until the server has said that it knows.
        func change(_ arguments: String...) async throws {
            let before = server.process.errors.matches(of: /accounts changed/).count
            let ended = try await bench.user(arguments)
            try #require(ended.status == 0, "\(ended.errors)")
            try await server.process.until(.seconds(5)) {
                server.process.errors.matches(of: /accounts changed/).count > before
            }
        }
        try await change("add", "bob", "--password-file", bench.password)
        #expect(try await test(server.port, as: "bob").status == 0)
        try await change("set", "bob", "--disabled")
        let disabled = try await test(server.port, as: "bob")
        #expect(disabled.status == 77)
        try await change("set", "alice", "--allow", "192.0.2.0/24")
        let elsewhere = try await test(server.port, as: "alice")
        #expect(elsewhere.status == 77)
        // What the client hears is the same for both.
        let sentences = [disabled, elsewhere].map { ($0.run["failure"] as? [String: Any])?["message"] as? String }
        #expect(sentences.first == sentences.last)
        try await change("set", "alice", "--allow-anywhere")
        #expect(try await test(server.port, as: "alice").status == 0)

        server.process.signal(SIGTERM)
        #expect(try await server.process.ended().status == 0)
        #expect(try await bytesSent(to: "alice") > 0)
        let kept = try await refusals()
        #expect(kept.contains(",127.0.0.1,bob,the user is disabled\r\n"))
        #expect(kept.contains(",127.0.0.1,alice,the user may not come from this address\r\n"))
    }

    @Test func `a quota ends a test and refuses the next one, also at a server that was killed and began again`()
        async throws
    {
        defer { bench.remove() }
        try await user("add", "alice", "--password-file", bench.password, "--quota", "day-out=3M")
        let killed = try await server("--user-quota", "day=1G")
        let ended = try await test(killed.port, as: "alice", ["-b", "40M", "-d", "20s"])
        #expect(ended.run["duration_seconds"] as? Double ?? 20 < 10)
        try await killed.process.until { try await bytesSent(to: "alice") >= 3_000_000 }
        killed.process.signal(SIGKILL)
        _ = try await killed.process.ended()

        let next = try await server()
        defer { next.process.signal(SIGTERM) }
        let used = try await bytesSent(to: "alice")
        #expect((3_000_000..<3_500_000).contains(used))
        #expect(try await test(next.port, as: "alice").status != 0)
        try await next.process.until {
            try await refusals().contains("alice,\"user \"\"alice\"\" has used 3 MB of 3 MB for today (out)\"")
        }
        #expect(next.process.errors.contains("has used 3 MB of 3 MB for today (out)"))

        // Its own quota goes, and the server's holds again.
        try await user("set", "alice", "--quota", "day-out=none")
        try await next.process.until { next.process.errors.contains("accounts changed") }
        #expect(try await test(next.port, as: "alice").status == 0)
    }

    @Test func `a killed server has lost at most a second of what was moved`() async throws {
        defer { bench.remove() }
        try await user("add", "alice", "--password-file", bench.password)
        let server = try await server()
        let rate = 5_000_000.0
        let client = try ProbeProcess([
            "btest", "127.0.0.1", "-P", "\(server.port)", "-a", "alice", "--password-file", bench.password, "-d", "20s",
            "-b", "\(Int(rate * 8))",
        ])
        try await server.process.until { server.process.errors.contains("test started") }
        let start = ContinuousClock.now
        // What the database holds is what a killed server leaves: it is looked at in every phase of saving, and once more
        // after the kill. A tenth is for a sender that was late on a busy machine.
        func least() -> Int { Int(rate * (Self.seconds(since: start) - 1) * 0.9) }
        while Self.seconds(since: start) < 3 {
            let expected = least()
            let found = try await bytesSent(to: "alice")
            #expect(found >= expected)
        }
        let expected = least()
        server.process.signal(SIGKILL)
        _ = try await server.process.ended()
        client.signal(SIGTERM)
        #expect(try await bytesSent(to: "alice") >= expected)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - start) / .seconds(1)
    }

    @Test func `logins with MD5 take their passwords from the file beside the accounts`() async throws {
        defer { bench.remove() }
        let secrets = bench.file("md5.json")
        try await user("add", "alice", "--password-file", bench.password, "--md5-secrets", secrets)
        try await user("add", "bob", "--password-file", bench.password)
        let server = try await server("--auth", "md5", "--md5-secrets", secrets)
        defer { server.process.signal(SIGTERM) }
        let alice = try await test(server.port, as: "alice")
        #expect(alice.status == 0)
        #expect(alice.run["authentication"] as? String == "md5")
        #expect(try await test(server.port, as: "bob").status == 77)
    }

    @Test func `without a database addresses have quotas and places too, and the log says what is forgotten`()
        async throws
    {
        defer { bench.remove() }
        let server = try ProbeProcess([
            "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth", "--address-quota", "day-out=4M",
            "--max-per-address", "1",
        ])
        defer { server.signal(SIGTERM) }
        let port = try await TestBench.port(of: server)
        #expect(server.errors.contains("quotas are counted in memory and start anew with the server"))
        let first = try ProbeProcess(["btest", "127.0.0.1", "-P", "\(port)", "-b", "8M", "-d", "20s"])
        try await server.until { server.errors.contains("test started") }
        #expect(try await ProbeProcess.run(["btest", "127.0.0.1", "-P", "\(port)", "-d", "200ms"]).status != 0)
        #expect(server.errors.contains("the address has 1 sessions already"))
        _ = try await first.ended(within: .seconds(15))
        #expect(try await ProbeProcess.run(["btest", "127.0.0.1", "-P", "\(port)", "-d", "200ms"]).status != 0)
        #expect(server.errors.contains("address 127.0.0.1 has used 4 MB of 4 MB for today (out)"))
    }

    @Test func `a server does not start without accounts that it can trust`() async throws {
        defer { bench.remove() }
        func refused(_ arguments: [String], _ status: Int32, _ sentence: String) async throws {
            let ended = try await ProbeProcess.run(["serve", "btest", "--listen", "127.0.0.1:0"] + arguments)
            #expect(ended.status == status)
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
        let database = ["--users-db", bench.database]
        try await refused(database, 78, "probe: there is no accounts database \(bench.database);")
        try await user("add", "alice", "--password-file", bench.password)
        try await refused(database + ["--no-auth"], 64, "--user, --users-db and --no-auth cannot be used together.")
        try await refused(
            database + ["--user", "alice", "--password-file", bench.password], 64,
            "--user, --users-db and --no-auth cannot be used together.")
        try await refused(database + ["--auth", "md5"], 64, "give --md5-secrets, a file that")
        try await refused(
            database + ["--md5-secrets", bench.password], 64, "--md5-secrets belongs to --users-db and --auth md5.")
        try await refused(
            database + ["--auth", "md5", "--md5-secrets", bench.password], 78,
            "probe: the MD5 passwords \(bench.password) cannot be read (it is not an object of texts)")
        try await refused(["--no-auth", "--address-quota", "day=none"], 64, "leave the option out")
        try await refused(["--no-auth", "--max-per-address", "0"], 64, "--max-per-address takes 1 or more.")
        chmod(bench.database, 0o604)
        try await refused(database, 78, "is open to others (mode 0604); run chmod 600 \(bench.database)")
    }
}
