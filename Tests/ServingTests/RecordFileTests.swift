import Foundation
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(1))) struct RecordFileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "record-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ name: String = "a.csv", holding content: String? = nil) throws -> RecordFile {
        let url = folder.appending(path: name)
        if let content { try Data(content.utf8).write(to: url) }
        return RecordFile(path: url.path, header: "x,y")
    }

    private func text(_ file: RecordFile) throws -> String {
        try String(decoding: Data(contentsOf: URL(fileURLWithPath: file.path)), as: UTF8.self)
    }

    @Test(arguments: [nil, ""]) func `a new or empty file begins with the header`(content: String?) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try file(holding: content)
        try await file.prepare()
        try await file.prepare()
        #expect(try text(file) == "x,y\r\n")
        try await file.append("1,2")
        try await file.append("3,4")
        #expect(try text(file) == "x,y\r\n1,2\r\n3,4\r\n")
    }

    @Test(arguments: ["\n", "\r\n"])
    func `lines end as the file's own do, also after one that somebody left open`(ending: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try file(holding: "x,y\(ending)1,2")
        try await file.append("3,4")
        try await file.append("5,6")
        #expect(try text(file) == "x,y\(ending)1,2\(ending)3,4\(ending)5,6\(ending)")
    }

    @Test(arguments: ["y,x\n", "x,y,z\n", "x", "\u{FEFF}x,y\n", "x,yz"])
    func `a file with other columns stays as it is`(content: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try file(holding: content)
        await #expect(throws: RecordFile.Failure.otherHeader(path: file.path, header: "x,y")) {
            try await file.prepare()
        }
        await #expect(throws: RecordFile.Failure.self) { try await file.append("1,2") }
        #expect(try text(file) == content)
    }

    @Test func `what is no file, or may not be written, is refused in words and never waited for`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let fifo = folder.appending(path: "fifo").path
        #expect(mkfifo(fifo, 0o600) == 0)
        let reasons = [
            fifo: "it is not a regular file", folder.path: "is a directory",
            folder.appending(path: "none/a.csv").path: "no such file or directory",
            "/dev/null": "it is not a regular file",
        ]
        for (path, reason) in reasons {
            let error = await #expect(throws: RecordFile.Failure.self) {
                try await RecordFile(path: path, header: "x,y").prepare()
            }
            #expect(error?.description == "cannot write to \(path): \(reason)")
        }
    }

    @Test func `many writers at once write one header and whole lines`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try file()
        let line = String(repeating: "z", count: 3000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 { group.addTask { try await file.append(line) } }
            try await group.waitForAll()
        }
        let lines = try text(file).components(separatedBy: "\r\n")
        #expect(lines == ["x,y"] + Array(repeating: line, count: 40) + [""])
    }

    @Test func `a file that was moved away begins anew`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try file()
        try await file.append("1,2")
        try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".1")
        try await file.append("3,4")
        #expect(try text(file) == "x,y\r\n3,4\r\n")
    }
}
