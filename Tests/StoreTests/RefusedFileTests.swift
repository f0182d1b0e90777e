import Foundation
import Testing

@testable import Store

@Suite("Files that are refused")
struct RefusedFileTests {
    let place: TemporaryStore

    init() throws {
        place = try TemporaryStore()
    }

    private var contents: Data? { FileManager.default.contents(atPath: place.path) }

    /// Opens for writing and for reading; both must say `expected` and leave every byte as it was.
    private func expectRefusal(_ expected: StoreError, _ sentence: String) throws {
        let before = try #require(contents)
        #expect(throws: expected) { try place.open() }
        #expect(throws: expected) { try place.open(.readOnly) }
        #expect(expected.description == sentence)
        #expect(contents == before)
    }

    @Test("A newer version's store", arguments: [Schema.version + 1, 2_000_000])
    func newer(_ version: Int) throws {
        try place.open().close()
        try place.execute("PRAGMA user_version = \(version)")
        try expectRefusal(
            .file(.newerSchema(found: version, known: Schema.version), path: place.path),
            "a newer fleetprobe wrote the store \(place.path): its schema is \(version), and this version knows \(Schema.version)"
        )
    }

    @Test(
        "A database of another program",
        arguments: [
            "CREATE TABLE theirs (x)", "PRAGMA user_version = 1; CREATE TABLE run (x)",
            "PRAGMA application_id = 252006673; CREATE TABLE theirs (x)", "PRAGMA application_id = 7; VACUUM",
            "PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)",
        ])
    func foreign(_ sql: String) throws {
        try place.execute(sql)
        try expectRefusal(
            .file(.foreign, path: place.path),
            "\(place.path) is a database of something else and is left as it is; name another file with --db")
    }

    @Test(
        "Something that is no database",
        arguments: ["x", "version: 1\n", String(repeating: "no database ", count: 900)])
    func noDatabase(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: place.path))
        try expectRefusal(
            .file(.notADatabase, path: place.path),
            "\(place.path) is not an SQLite database and is left as it is; name another file with --db")
    }

    @Test("A store that was cut off")
    func truncated() throws {
        try place.open().close()
        let whole = try #require(contents)
        try whole.prefix(4096 * 2).write(to: URL(fileURLWithPath: place.path))
        let error = #expect(throws: StoreError.self) { try place.open() }
        guard case .file(.corrupt, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(contents == whole.prefix(4096 * 2))
    }

    @Test("A folder")
    func folder() throws {
        #expect(throws: StoreError.file(.notAFile, path: place.folder)) { try ResultStore(path: place.folder) }
    }

    @Test("A path in a folder that is not there")
    func folderMissing() throws {
        let path = place.folder + "/none/fleetprobe.db"
        #expect(throws: StoreError.file(.folderMissing, path: path)) { try ResultStore(path: path) }
        #expect(throws: StoreError.file(.folderMissing, path: path)) { try ResultStore(path: path, access: .readOnly) }
    }

    @Test("Reading makes no store where there is none")
    func missing() throws {
        #expect(throws: StoreError.file(.missing, path: place.path)) { try place.open(.readOnly) }
        #expect(contents == nil)
    }
}
