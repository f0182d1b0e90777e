import Foundation
import GRDB
import SQLiteFiles

@testable import Store

/// A folder of its own for one test's store, gone with this value.
final class TemporaryStore: Sendable {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        folder = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var path: String { folder + "/fleetprobe.db" }

    func open(_ access: SQLiteAccess = .create) throws -> ResultStore {
        try ResultStore(path: path, access: access)
    }

    /// Runs SQL as any other program would: with nothing of the store's code.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func rows(_ sql: String) throws -> [[String: DatabaseValue]] {
        try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: sql).map { Dictionary($0, uniquingKeysWith: { first, _ in first }) }
        }
    }

    func permissions(_ suffix: String = "") throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}
