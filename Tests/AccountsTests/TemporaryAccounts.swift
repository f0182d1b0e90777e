import Foundation
import GRDB
import SQLiteFiles

@testable import Accounts

/// A folder of its own for one test's accounts, gone with this value.
final class TemporaryAccounts: Sendable {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("accounts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        folder = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var path: String { folder + "/users.db" }

    func open(_ access: SQLiteAccess = .create) throws -> AccountStore {
        try AccountStore(path: path, access: access)
    }

    /// Runs SQL as any other program would: with nothing of the module's code.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func value(_ sql: String) throws -> String? {
        try DatabaseQueue(path: path).read { try String.fetchOne($0, sql: sql) }
    }

    func permissions(_ name: String = "users.db") throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    /// Every byte that lies in the folder, whatever file it is in.
    func bytes() throws -> Data {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: Data()) { all, name in
            all += try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        }
    }
}
