import Foundation
import GRDB

@testable import SQLiteFiles

/// A folder with a database of one table, and what an operator does to it behind the program's back.
final class ReplacedFile: Sendable {
    static let schema = SQLiteSchema(
        applicationID: 0x7465_7374, version: 1,
        migrate: { try SQLiteMigration(applicationID: 0x7465_7374, steps: [table]).run(on: $0) },
        header: { try String.fetchOne($0, sql: "SELECT name FROM mark") ?? "" })

    private static let table = """
        CREATE TABLE mark (name TEXT NOT NULL); CREATE TABLE note (text TEXT NOT NULL); INSERT INTO mark VALUES ('')
        """

    let folder: String
    var path: String { folder + "/a.db" }

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("replaced-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open(
        _ access: SQLiteAccess = .create, prepare: @escaping @Sendable () throws -> Void = {}
    ) throws -> OpenDatabase<String> {
        try OpenDatabase(path: path, schema: Self.schema, access: access, prepare: prepare)
    }

    /// Makes another file of the kind, older than any rest that is asked of it.
    func make(_ name: String, mark: String) throws -> String {
        let path = folder + "/" + name
        let database = try OpenDatabase(path: path, schema: Self.schema, access: .create)
        try database.close()
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            try db.execute(sql: "UPDATE mark SET name = ?", arguments: [mark])
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        try age(path)
        return path
    }

    func age(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -10)], ofItemAtPath: path)
    }

    func move(_ from: String, to: String) { _ = rename(from, to) }

    func notes(_ path: String) throws -> [String] {
        try DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY rowid") }
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
}

extension OpenDatabase where Header == String {
    func note(_ text: String) async throws {
        try await writing { try $0.execute(sql: "INSERT INTO note VALUES (?)", arguments: [text]) }
    }

    func notes() async throws -> [String] {
        try await reading { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY rowid") }
    }
}
