import FleetModel
import Foundation
import Testing

@testable import CommandLine

/// What the program makes has its final permissions from the first instant, whatever the umask is.
@Suite(.timeLimit(.minutes(3))) struct FinalModesTests {
    private static let strace = "/usr/bin/strace"

    /// Runs the program under umask 0 with each call logged that makes something or changes its mode.
    private func calls(_ arguments: [String], stopAfter file: String? = nil) async throws -> [String] {
        let log = FileManager.default.temporaryDirectory.appending(path: "calls-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: log) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            [
                "-c", "umask 0; exec \"$@\"", "sh", Self.strace, "-f", "-qq", "-o", log, "-e",
                "trace=mkdir,mkdirat,open,openat,creat,chmod,fchmod,fchmodat,bind,umask", ProbeProcess.program.path,
            ] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        if let file {
            let deadline = ContinuousClock.now + .seconds(60)
            while !FileManager.default.fileExists(atPath: file), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            process.interrupt()
        }
        while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// The modes with which anything below the folder was made.
    private func modes(_ calls: [String], in folder: String) -> [(call: String, mode: UInt32)] {
        calls.filter { $0.contains("\"\(folder)") && !$0.contains("= -1") }.compactMap { call in
            guard call.contains("O_CREAT") || call.contains("mkdir") else { return nil }
            let octal = call.matches(of: /, (0[0-7]{3,4})\)/).last.map { UInt32($0.1, radix: 8) } ?? nil
            return (call, octal ?? 0o7777)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: strace), "strace is not installed"))
    func `nothing that a demo, an agent or a report makes is open to others for an instant`() async throws {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "modes-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let demo = try await calls(["demo", "--out", folder, "--duration", "5s"])
        let made = modes(demo, in: folder)
        #expect(made.count >= 10)
        for (call, mode) in made { #expect(mode & 0o022 == 0, "\(call)") }
        for secret in made where secret.call.contains("/secrets/") && !secret.call.contains("certificate.pem") {
            #expect(secret.mode == 0o600, "\(secret.call)")
        }
        // The socket has its mode before it has its name, and no umask is changed for it.
        let bound = try #require(demo.firstIndex { $0.contains("bind(") && $0.contains("fleetprobe.db.agent") })
        let descriptor = try #require(demo[bound].firstMatch(of: /bind\((\d+),/)?.1)
        #expect(demo[..<bound].contains { $0.contains("fchmod(\(descriptor), 0600)") })
        #expect(!demo.contains { $0.contains("umask(") })
    }
}
