import Foundation
import SQLiteFiles
import GRDB
import Testing

@testable import Accounts

@Suite struct AccountFileTests {
    let place: TemporaryAccounts

    init() throws {
        place = try TemporaryAccounts()
    }

    private var contents: Data? { FileManager.default.contents(atPath: place.path) }

    /// Opens in every way; each must say `expected` and leave every byte as it was.
    private func expectRefusal(_ expected: AccountStoreError, _ sentence: String) throws {
        let before = try #require(contents)
        for access in [SQLiteAccess.create, .readWrite, .readOnly] {
            #expect(throws: expected) { try place.open(access) }
        }
        #expect(expected.description == sentence)
        #expect(contents == before)
    }

    @Test func `file, -wal and -shm are for their owner alone, whatever the umask says`() async throws {
        let before = umask(0)
        defer { umask(before) }
        let store = try place.open()
        try await store.add("alice", password: "secret", terms: AccountTerms(), at: Date())
        for suffix in ["", "-wal", "-shm"] { #expect(try place.permissions("users.db" + suffix) == 0o600) }
    }

    @Test func `the writer commits to the disk, in WAL, with foreign keys, five seconds of patience and clean pages`()
        async throws
    {
        let settings = try await place.open().writing { db in
            try ["journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete"].map { name in
                try String.fetchOne(db, sql: "PRAGMA \(name)") ?? ""
            }
        }
        #expect(settings == ["wal", "2", "1", "5000", "1"])
    }

    @Test func `the file tells whose it is, and its tables are strict`() throws {
        _ = try place.open()
        #expect(try place.value("PRAGMA application_id") == "\(0x666C_7075)")
        #expect(try place.value("PRAGMA user_version") == "1")
        #expect(
            try place.value(
                "SELECT count(*) FROM pragma_table_list WHERE NOT strict AND type = 'table' AND name NOT LIKE 'sqlite_%'"
            ) == "0")
    }

    @Test func `accounts that are open to others are refused with the command that fixes it`() throws {
        try place.open().close()
        chmod(place.path, 0o640)
        try expectRefusal(
            .file(.openToOthers(mode: "0640"), path: place.path),
            "the accounts database \(place.path) is open to others (mode 0640); run chmod 600 \(place.path)")
    }

    @Test func `a newer version's accounts are refused`() throws {
        try place.open().close()
        try place.execute("PRAGMA user_version = 2")
        try expectRefusal(
            .file(.newerSchema(found: 2, known: 1), path: place.path),
            "a newer fleetprobe wrote the accounts database \(place.path): its schema is 2, and this version knows 1")
    }

    @Test(arguments: [
        "CREATE TABLE theirs (x)", "PRAGMA application_id = 7; VACUUM",
        // fleetprobe's own results are no accounts.
        "PRAGMA application_id = 0x666C7072; PRAGMA user_version = 1; CREATE TABLE run (x)",
    ])
    func `a database of something else is refused`(_ sql: String) throws {
        try place.execute(sql)
        chmod(place.path, 0o600)
        try expectRefusal(
            .file(.foreign, path: place.path),
            "\(place.path) is a database of something else and is left as it is; name another file with --users-db")
    }

    @Test(arguments: ["x", String(repeating: "no database ", count: 900)])
    func `something that is no database is refused`(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: place.path))
        chmod(place.path, 0o600)
        try expectRefusal(
            .file(.notADatabase, path: place.path),
            "\(place.path) is not an SQLite database and is left as it is; name another file with --users-db")
    }

    @Test func `accounts that were cut off are refused`() throws {
        try place.open().close()
        let whole = try #require(contents)
        try whole.prefix(4096 * 2).write(to: URL(fileURLWithPath: place.path))
        chmod(place.path, 0o600)
        let error = #expect(throws: AccountStoreError.self) { try place.open() }
        guard case .file(.corrupt, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(contents == whole.prefix(4096 * 2))
    }

    @Test func `only the first user makes a file`() throws {
        let path = place.path
        for access in [SQLiteAccess.readWrite, .readOnly] {
            #expect(throws: AccountStoreError.file(.missing, path: path)) { try place.open(access) }
        }
        #expect(contents == nil)
        #expect(
            AccountStoreError.file(.missing, path: path).description
                == "there is no accounts database \(path); `probe user add NAME --users-db \(path)` makes it")
        let lost = place.folder + "/none/users.db"
        #expect(throws: AccountStoreError.file(.folderMissing, path: lost)) {
            try AccountStore(path: lost, access: .create)
        }
        let folder = place.folder
        #expect(throws: AccountStoreError.file(.notAFile, path: folder)) {
            try AccountStore(path: folder, access: .create)
        }
    }

    @Test func `two processes may open a new file at the same time, and find one secret`() async throws {
        let place = place
        let salts = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<4 { group.addTask { try place.open().decoys.salt(forUser: "nobody").bytes } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(salts.count == 1)
        #expect(try TemporaryAccounts().open().decoys.salt(forUser: "nobody").bytes != salts.first)
    }
}
