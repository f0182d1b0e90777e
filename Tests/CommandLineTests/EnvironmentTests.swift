import Foundation
import Testing

@testable import CommandLine

@Suite struct EnvironmentTests {
    private func folder() throws -> (path: String, fleet: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "environment-" + UUID().uuidString)
        let configuration = folder.appending(path: ".config/fleetprobe")
        try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: true)
        let fleet = configuration.appending(path: "fleet.yaml")
        try Data(Self.fleet.utf8).write(to: fleet)
        return (folder.path, fleet.path)
    }

    private static let fleet = """
        version: 1
        probes: { ping: { latency: { count: 1 } } }
        routers: [{ name: r1, address: 127.0.0.1, probes: [ping], schedule: { every: 1h } }]

        """

    @Test func `an empty variable is an unset one`() async throws {
        let (home, fleet) = try folder()
        defer { try? FileManager.default.removeItem(atPath: home) }
        for variables in [[:], ["XDG_CONFIG_HOME": ""], ["FLEETPROBE_FLEET": ""], ["XDG_CONFIG_HOME": "relative"]] {
            let checked = try await ProbeProcess.run(
                ["check"], environment: ["HOME": home].merging(variables) { $1 })
            #expect(checked.status == 0, "\(variables): \(checked.errors)")
            #expect(checked.output.hasPrefix("\(fleet): ok: 1 target"))
        }
        #expect(FleetLookup.places(["HOME": "/h", "XDG_CONFIG_HOME": "/x"])[1] == "/x/fleetprobe/fleet.yaml")
        #expect(
            FleetLookup.places(["HOME": "", "XDG_CONFIG_HOME": ""]) == ["fleet.yaml", "/etc/fleetprobe/fleet.yaml"])
    }

    @Test(arguments: [
        ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
        (["TERM": "xterm"], true),
    ])
    func `colours go to terminals that have them, unless NO_COLOR says no`(
        variables: [String: String], hasColours: Bool
    ) async throws {
        let (home, fleet) = try folder()
        defer { try? FileManager.default.removeItem(atPath: home) }
        // The headings of an empty list are drawn bold.
        let database = home + "/s.db"
        _ = try await ProbeProcess.run(["now", "r1", "--fleet", fleet, "--db", database])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = [
            "-qec", "'\(ProbeProcess.program.path)' runs --fleet '\(fleet)' --db '\(database)'", "/dev/null",
        ]
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": home].merging(variables) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(!output.isEmpty)
        #expect(output.contains(0x1B) == hasColours)
    }

    @Test func `errors are told in the system's words`() async throws {
        let (home, fleet) = try folder()
        defer { try? FileManager.default.removeItem(atPath: home) }
        let database = home + "/s.db"
        _ = try await ProbeProcess.run(["now", "r1", "--fleet", fleet, "--db", database])
        let file = home + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let report = try await ProbeProcess.run(["report", "--fleet", fleet, "--db", database, "--out", file + "/b"])
        #expect(report.status == 78)
        #expect(report.errors == "probe: the report \(file)/b could not be written: not a directory\n")
        let demo = try await ProbeProcess.run(["demo", "--out", file + "/demo"])
        #expect(demo.status == 78)
        #expect(demo.errors == "probe: cannot make the folder \(file)/demo: not a directory\n")
    }

    @Test func `a fleet file and a password may come through a pipe`() async throws {
        let (home, fleet) = try folder()
        defer { try? FileManager.default.removeItem(atPath: home) }
        func run(_ command: String) async throws -> (status: Int32, text: String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", command]
            process.currentDirectoryURL = URL(fileURLWithPath: home)
            process.standardInput = FileHandle.nullDevice
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: output, as: UTF8.self))
        }
        let program = "'\(ProbeProcess.program.path)'"
        let checked = try await run("\(program) check <(cat '\(fleet)')")
        #expect(checked.status == 0 && checked.text.contains("ok: 1 target"), "\(checked.text)")
        let now = try await run("\(program) now r1 --probe ping -q --fleet <(cat '\(fleet)')")
        #expect(!now.text.contains("is empty"), "\(now.text)")
        #expect(FileManager.default.fileExists(atPath: home + "/fleetprobe.db"))
        let test = try await run("\(program) btest 127.0.0.1 -P 9 -a admin --password-file <(echo x)")
        #expect(test.status != 78 && test.text.contains("nothing listens there"), "\(test.text)")
    }
}
