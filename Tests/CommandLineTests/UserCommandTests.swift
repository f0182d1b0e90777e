import Foundation
import Testing

/// `probe user` as people call it: exit codes and sentences.
@Suite(.timeLimit(.minutes(2))) struct UserCommandTests {
    private let bench: UserBench

    init() throws {
        bench = try UserBench()
    }

    private func list(_ arguments: String...) async throws -> [[String: Any]] {
        let listed = try await bench.user(["list", "--format", "json"] + arguments)
        #expect(listed.status == 0, "\(listed.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]])
    }

    @Test func `a user is added, listed, changed and removed`() async throws {
        defer { bench.remove() }
        let added = try await bench.user([
            "add", "alice", "--password-file", bench.password, "--quota", "day=10G", "--quota", "month-in=200G",
            "--allow", "192.0.2.0/24", "--allow", "2001:db8::/32", "--max-rate", "100M", "--max-sessions", "2",
        ])
        #expect(added.status == 0)
        #expect(added.output.isEmpty)
        #expect(added.errors == "probe: made the accounts database \(bench.database)\n")

        var alice = try #require(try await list().first)
        #expect(
            Set(alice.keys) == [
                "name", "enabled", "usage", "quotas", "allowed_networks", "max_bits_per_second", "max_sessions",
                "created_at", "changed_at",
            ])
        #expect(alice["enabled"] as? Bool == true)
        #expect(alice["allowed_networks"] as? [String] == ["192.0.2.0/24", "2001:db8::/32"])
        #expect(alice["max_bits_per_second"] as? Double == 1e8)
        #expect(alice["max_sessions"] as? Int == 2)
        let quotas = try #require(alice["quotas"] as? [[String: Any]])
        #expect(quotas.map { $0["period"] as? String } == ["day", "month"])
        #expect(quotas.map { $0["direction"] as? String } == ["combined", "in"])
        #expect(quotas.map { $0["bytes"] as? Int } == [10_000_000_000, 200_000_000_000])
        #expect(quotas.map { $0["used_bytes"] as? Int } == [0, 0])

        let changed = try await bench.user([
            "set", "alice", "--disabled", "--quota", "day=none", "--quota", "week-out=unlimited", "--allow-anywhere",
            "--max-rate", "none", "--max-sessions", "none",
        ])
        #expect(changed.status == 0 && changed.errors.isEmpty)
        alice = try #require(try await list("alice").first)
        #expect(alice["enabled"] as? Bool == false)
        #expect((alice["allowed_networks"] as? [String])?.isEmpty == true)
        #expect(alice["max_bits_per_second"] is NSNull)
        #expect(alice["max_sessions"] is NSNull)
        let kept = try #require(alice["quotas"] as? [[String: Any]])
        #expect(kept.map { $0["period"] as? String } == ["week", "month"])
        #expect(kept.first?["bytes"] is NSNull)

        let table = try await bench.user(["list"])
        #expect(
            table.output == """
                USER   STATE     IN TODAY  OUT TODAY  IN MONTH  OUT MONTH  QUOTAS                                      FROM      RATE  TESTS
                alice  disabled       0 B        0 B       0 B        0 B  week-out unlimited, month-in 0 B of 200 GB  anywhere     –      –

                """)
        let csv = try await bench.user(["list", "--format", "csv"])
        #expect(csv.output.hasPrefix("name,enabled,bytes_in_day,bytes_out_day,"))
        #expect(csv.output.split(separator: "\r\n").count == 2)

        #expect(try await bench.user(["remove", "alice"]).status == 0)
        #expect(try await list().isEmpty)
    }

    @Test func `what cannot be is refused with one sentence and leaves everything as it was`() async throws {
        defer { bench.remove() }
        func refused(_ arguments: [String], _ status: Int32, _ sentence: String) async throws {
            let ended = try await bench.user(arguments)
            #expect(ended.status == status, "\(arguments)")
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
            #expect(ended.output.isEmpty)
        }
        try await refused(
            ["list"], 78,
            "probe: there is no accounts database \(bench.database); "
                + "`probe user add NAME --users-db \(bench.database)` makes it\n")
        let password = ["--password-file", bench.password]
        #expect(try await bench.user(["add", "alice"] + password).status == 0)
        try await refused(
            ["add", "alice"] + password, 64,
            "probe: the user \"alice\" exists already; `probe user set` changes it\n")
        for command in [["set", "bob", "--disabled"], ["remove", "bob"], ["list", "bob"]] {
            try await refused(command, 64, "probe: there is no user \"bob\"; see `probe user list`\n")
        }
        try await refused(
            ["add", String(repeating: "n", count: 33)] + password, 64, "A user name has at most 32 bytes, and \"nnn")
        try await refused(["add", "bob"], 64, "give --password-file, --password-stdin or $PROBE_PASSWORD")
        try await refused(["add", "bob", "--password", "secret"], 64, "Unknown option '--password'")
        try await refused(["set", "alice"], 64, "Nothing to change: name what to change")
        try await refused(
            ["set", "alice", "--allow-anywhere", "--allow", "::1"], 64,
            "--allow and --allow-anywhere cannot be used together.")
        try await refused(
            ["set", "alice", "--quota", "year=1G"], 64,
            "A quota counts by day, week or month (UTC): write day=10G, week-in=200G, month-out=unlimited.")
        try await refused(["set", "alice", "--quota", "day"], 64, "A quota has a period and a number of bytes")
        try await refused(["set", "alice", "--quota", "day-up=1"], 64, "A quota counts in, out or, without a word")
        try await refused(["set", "alice", "--quota", "day=much"], 64, "\"much\" is no number of bytes")
        try await refused(["set", "alice", "--allow", "192.0.2.1/24"], 64, "write 192.0.2.0/24 for the range")
        try await refused(["set", "alice", "--max-sessions", "0"], 64, "It takes 1 or more, or none.")
        try await refused(["set", "alice", "--max-rate", "fast"], 64, "It takes a rate as 100M or none.")
        try await refused(
            ["set", "alice", "--disabled", "--md5-secrets", bench.file("md5")], 64, "--md5-secrets needs the password")
        #expect(try await list().count == 1)
    }

    @Test func `files that cannot be trusted are refused`() async throws {
        defer { bench.remove() }
        let password = ["--password-file", bench.password]
        #expect(try await bench.user(["add", "alice"] + password).status == 0)
        chmod(bench.database, 0o644)
        let open = try await bench.user(["list"])
        #expect(open.status == 78)
        #expect(
            open.errors
                == "probe: the accounts database \(bench.database) is open to others (mode 0644); "
                + "run chmod 600 \(bench.database)\n")
        try Data(String(repeating: "no database ", count: 900).utf8).write(to: URL(fileURLWithPath: bench.database))
        chmod(bench.database, 0o600)
        #expect(try await bench.user(["add", "bob"] + password).status == 78)
        chmod(bench.password, 0o644)
        let secret = try await bench.user(["add", "bob"] + password)
        #expect(secret.status == 78)
        #expect(secret.errors.contains("run chmod 600 "))

        try FileManager.default.removeItem(atPath: bench.database)
        chmod(bench.password, 0o600)
        #expect(try await bench.user(["add", "alice"] + password).status == 0)
        let whole = try #require(FileManager.default.contents(atPath: bench.database))
        try whole.prefix(4096 * 2).write(to: URL(fileURLWithPath: bench.database))
        chmod(bench.database, 0o600)
        #expect(try await bench.user(["list"]).status == 65)
    }

    @Test func `the database may be named in the environment, and the password too`() async throws {
        defer { bench.remove() }
        let environment = ["FLEETPROBE_USERS_DB": bench.database, "PROBE_PASSWORD": "from the environment"]
        #expect(try await ProbeProcess.run(["user", "add", "alice"], environment: environment).status == 0)
        #expect(try await list().count == 1)
        let nowhere = try await ProbeProcess.run(["user", "list"])
        #expect(nowhere.status == 64)
        #expect(nowhere.errors.contains("Name the accounts database: give --users-db or $FLEETPROBE_USERS_DB."))
    }

    @Test func `a password for MD5 is kept only where it is asked for, and not without a word`() async throws {
        defer { bench.remove() }
        let password = ["--password-file", bench.password]
        #expect(try await bench.user(["add", "alice"] + password).status == 0)
        let database = try #require(FileManager.default.contents(atPath: bench.database))
        #expect(database.range(of: Data("right".utf8)) == nil)

        let file = bench.file("md5.json")
        let kept = try await bench.user(["add", "bob", "--md5-secrets", file] + password)
        #expect(kept.status == 0)
        #expect(
            kept.errors
                == "probe: \(file) now holds the password as it is: MD5 cannot be checked against less, and protects it "
                + "from nobody who can listen. Use it for RouterOS before 6.43 only.\n")
        let secrets = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(secrets as? [String: String] == ["bob": "right"])
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(try await bench.user(["remove", "bob", "--md5-secrets", file]).status == 0)
        let left = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
        #expect((left as? [String: String])?.isEmpty == true)
    }
}
