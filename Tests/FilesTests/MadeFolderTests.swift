import Files
import Foundation
import Testing

@Suite struct MadeFolderTests {
    @Test func `folders are made with their parents, and one that is there is left as it is`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "made-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try MadeFolder.make(folder + "/a/b/", mode: 0o700)
        #expect(chmod(folder, 0o755) == 0)
        try MadeFolder.make(folder, mode: 0o700)
        #expect(try permissions(folder) == 0o755 && permissions(folder + "/a") == 0o700)
        try Data().write(to: URL(fileURLWithPath: folder + "/file"))
        #expect(throws: MadeFolder.Failure(path: folder + "/file", reason: "not a directory")) {
            try MadeFolder.make(folder + "/file", mode: 0o700)
        }
        #expect(throws: MadeFolder.Failure.self) { try MadeFolder.make(folder + "/file/x/y", mode: 0o700) }
        #expect(throws: MadeFolder.Failure.self) { try MadeFolder.make("", mode: 0o700) }
    }

    private func permissions(_ path: String) throws -> Int {
        let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return try #require(found as? NSNumber).intValue
    }
}
