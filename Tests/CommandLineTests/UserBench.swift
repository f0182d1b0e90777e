import Foundation

/// A folder with an accounts database and password files, and `probe user` over it.
struct UserBench {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "users-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try TestBench.write("right\n", to: folder.appending(path: "password"))
        try TestBench.write("wrong\n", to: folder.appending(path: "wrong"))
    }

    var database: String { file("users.db") }
    var password: String { file("password") }

    func file(_ name: String) -> String { folder.appending(path: name).path }

    func user(_ arguments: [String]) async throws -> ProbeProcess.Ended {
        try await ProbeProcess.run(["user"] + arguments + ["--users-db", database])
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }
}
