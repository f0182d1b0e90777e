import FleetFile
import Foundation
import Testing
import TestSupport

@testable import FleetFile

@Suite("The hash of a configuration")
struct ConfigurationHashTests {
    private static let head = "version: 1\nprobes: { p: { latency: { count: 1 } } }\n"
    private static let router = "routers: [{ name: NAME, address: 192.0.2.1, probes: [p], schedule: [] }]\n"

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func hash(_ files: [(name: String, text: String)]) throws -> String {
        for (name, text) in files { _ = try folder.write(text, to: name) }
        let fleet = try FleetLoader().load(path: folder.path + "/fleet.yaml").fleet
        return try #require(fleet.configurationHash)
    }

    /// What the documented command line gives.
    private func shell(_ line: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    @Test func `of one file is that of sha256sum`() throws {
        defer { folder.remove() }
        let hash = try hash([("fleet.yaml", Self.head + Self.router)])
        #expect(try hash == shell("sha256sum fleet.yaml | cut -c1-16"))
    }

    @Test func `covers every included file, its name and its place in the order`() throws {
        defer { folder.remove() }
        let include = "include: [d/*.yaml]\n"
        let first = Self.router.replacing("NAME", with: "one")
        let second = Self.router.replacing("NAME", with: "two")
        let files = [("d/b.yaml", second), ("fleet.yaml", Self.head + include), ("d/a.yaml", first)]
        try FileManager.default.createDirectory(atPath: folder.path + "/d", withIntermediateDirectories: true)
        let both = try hash(files)
        #expect(try both == shell("sha256sum fleet.yaml d/a.yaml d/b.yaml | sha256sum | cut -c1-16"))
        #expect(try hash(files) == both)
        // A changed plan in an included file is another configuration.
        #expect(try hash([("d/b.yaml", second + "# plan\n")]) != both)
        #expect(try hash(files) == both)
        // The same texts under each other's names.
        let swapped = try hash([("d/a.yaml", second), ("d/b.yaml", first)])
        #expect(swapped != both)
        _ = try hash(files)
        try FileManager.default.moveItem(atPath: folder.path + "/d/a.yaml", toPath: folder.path + "/d/c.yaml")
        let renamed = try hash([])
        #expect(renamed != both && renamed != swapped)
        try FileManager.default.removeItem(atPath: folder.path + "/d/c.yaml")
        #expect(try hash([]) != both)
    }
}
