import Foundation
import Testing

@testable import CommandLine
@testable import Store

/// What is measured is recorded, whatever becomes of standard output.
@Suite(.timeLimit(.minutes(3))) struct StandardOutputTests {
    /// States of standard output, as a shell makes them.
    private static let states = [">&-", "> /dev/full", "| true", "| sleep 5"]

    /// Runs the program with its output in such a state.
    ///
    /// - Returns: the program's own exit code, and what it said on standard error.
    private static func run(_ arguments: [String], _ state: String) async throws -> (status: Int, errors: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "out-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let words = ([ProbeProcess.program.path] + arguments).map { "'" + $0 + "'" }.joined(separator: " ")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "{ \(words) 2> \(folder.path)/err; echo $? > \(folder.path)/status; } \(state)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = ContinuousClock.now + .seconds(60)
        while process.isRunning, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        try #require(!process.isRunning)
        func text(_ name: String) -> String {
            String(decoding: (try? Data(contentsOf: folder.appending(path: name))) ?? Data(), as: UTF8.self)
        }
        return (Int(text("status").trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1, text("err"))
    }

    private static let fleet = """
        probes:
          ping: { latency: { count: 2, interval: 50ms, method: tcp } }
        defaults: { credential: core, probes: [ping], schedule: { every: 1h } }
        routers:
          - { name: good, address: 127.0.0.1, port: 1 }

        """

    @Test(arguments: states) func `probe btest writes its record first`(state: String) async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        let file = bench.folder.appending(path: "results.csv")
        let ended = try await Self.run(
            [
                "btest", "127.0.0.1", "-P", "\(bench.btestPort)", "-d", "300ms", "-a", "probe", "--password-file",
                bench.folder.appending(path: "password").path, "--csv", file.path, "--format", "json",
            ], state)
        // A reader that leaves has enough.
        #expect(ended.status == (state.hasPrefix("|") ? 0 : 74), "\(ended)")
        let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.count == 3 && lines[1].contains(",ecsrp5"))
        #expect(!lines.joined().contains("schema_version"))
    }

    @Test(arguments: states) func `probe now, runs and report keep what they have`(state: String) async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(Self.fleet)
        let out = bench.folder.appending(path: "report").path
        for arguments in [["now", "good"], ["runs"], ["report", "--out", out], ["plan"], ["check"]] {
            let ended = try await Self.run(arguments + ["--fleet", bench.fleetFile], state)
            #expect(ended.status == (state.hasPrefix("|") ? 0 : 74), "\(arguments) \(state): \(ended)")
            if state == "> /dev/full" {
                #expect(ended.errors == "probe: standard output cannot be written: no space left on device\n")
            }
        }
        let store = try ResultStore(path: bench.database, access: .readOnly)
        try await store.checkIntegrity()
        #expect(try await store.runs().map(\.target) == ["good"])
        for name in ["index.html", "runs.csv", "summary.csv"] {
            #expect(FileManager.default.fileExists(atPath: out + "/" + name))
        }
    }

    @Test(arguments: [">&-", "| true"]) func `a demo whose lines nobody reads runs to its report`(
        state: String
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "demo-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ended = try await Self.run(["demo", "--out", folder.path, "--duration", "8s"], state)
        #expect(ended.status == (state.hasPrefix("|") ? 0 : 74), "\(ended)")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/report/index.html"))
        let store = try ResultStore(path: folder.path + "/fleetprobe.db", access: .readOnly)
        try await store.checkIntegrity()
        #expect(try await !store.runs().isEmpty)
    }

    @Test func `a failed test says so though nobody can read its result`() async throws {
        let ended = try await Self.run(["btest", "127.0.0.1", "-P", "1", "-d", "300ms"], "> /dev/full")
        #expect(ended.status == 69)
    }

    @Test func `no list is cut silently, and a plan not at all`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(Self.fleet.replacing("every: 1h", with: "every: 20s"))
        let plan = try await ProbeProcess.run(["plan", "--fleet", bench.fleetFile, "--for", "2d", "--format", "jsonl"])
        let lines = plan.output.split(separator: "\n").count
        #expect((8_630...8_650).contains(lines) && plan.errors.isEmpty)
        let cut = try await ProbeProcess.run(["plan", "--fleet", bench.fleetFile, "--limit", "3"])
        #expect(cut.output.split(separator: "\n").count == 4)
        #expect(cut.errors == "probe: the first 3 slots are shown, there are more: see --limit\n")
        for _ in 0..<2 { _ = try await ProbeProcess.run(["now", "good", "--fleet", bench.fleetFile]) }
        func runs(_ limit: Int) async throws -> String {
            try await ProbeProcess.run(["runs", "--fleet", bench.fleetFile, "--limit", "\(limit)"]).errors
        }
        #expect(try await runs(1) == "probe: the newest 1 of 2 runs are shown: see --limit\n")
        #expect(try await runs(2).isEmpty)
    }

    @Test func `the times of a plan are those of the formula`() async throws {
        let bench = try await TestBench()
        defer { bench.remove() }
        try bench.writeFleet(Self.fleet.replacing("every: 1h", with: "every: 30s, jitter: 3s"))
        let plan = try await ProbeProcess.run(["plan", "--fleet", bench.fleetFile, "--for", "2h", "--format", "jsonl"])
        // slip is half of the interval: to the millisecond, where nothing cuts it.
        struct Line: Decodable {
            let slot: Int64
            let due_at: String
            let latest_at: String
        }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let lines = try plan.output.split(separator: "\n").map { line in
            let read = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            return (
                due: Int64((try style.parse(read.due_at).timeIntervalSince1970 * 1000).rounded()),
                latest: Int64((try style.parse(read.latest_at).timeIntervalSince1970 * 1000).rounded())
            )
        }
        #expect(lines.count > 200)
        let cut = lines.filter { $0.latest - $0.due > 15_000 }
        #expect(cut.isEmpty)
        #expect(lines.contains { $0.latest - $0.due == 15_000 })
    }
}
