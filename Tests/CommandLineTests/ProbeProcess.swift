import Foundation
import Testing

/// The program itself, as a process beside the tests.
final class ProbeProcess: Sendable {
    struct Ended: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    private let process: Process
    private let folder: URL

    /// The program that was built with the tests, in the same folder.
    static var program: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "probe")
    }

    /// Starts the program; its output goes into files, so that no pipe can fill up.
    ///
    /// - Parameter program: another name of it.
    init(_ arguments: [String], environment: [String: String] = [:], program: URL = ProbeProcess.program) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "probe-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["out", "err"] { try Data().write(to: folder.appending(path: name)) }
        process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "out"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "err"))
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { text("out") }
    var errors: String { text("err") }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits until the program ends, for at most `limit`.
    func ended(within limit: Duration = .seconds(60)) async throws -> Ended {
        try await until(limit) { !self.isRunning }
        return Ended(status: process.terminationStatus, output: output, errors: errors)
    }

    /// Waits until a condition holds.
    func until(_ limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "waited too long; it said: \(errors)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Ended {
        try await ProbeProcess(arguments, environment: environment).ended()
    }

    private func text(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: folder.appending(path: name))) ?? Data(), as: UTF8.self)
    }
}
