import Foundation
import GRDB
import Testing

@testable import SQLiteFiles

@Suite("The open file is the file of its name")
struct OpenDatabaseTests {
    let place: ReplacedFile

    init() throws {
        place = try ReplacedFile()
    }

    @Test func `a file that took the place of the open one gets what comes from then on, and only that`() async throws {
        let database = try place.open()
        try await database.note("before")
        let next = try place.make("next.db", mark: "second")
        place.move(next, to: place.path)
        try await database.note("after")
        #expect(database.header == "second")
        #expect(database.generation == 1)
        #expect(try await database.notes() == ["after"])
        try database.close()
        #expect(try place.notes(place.path) == ["after"])
        #expect(try place.names() == ["a.db"])
    }

    @Test func `what became of the file is told once`() async throws {
        let database = try place.open()
        #expect(try await database.look() == nil)
        place.move(try place.make("next.db", mark: "second"), to: place.path)
        let sentence = try #require(try await database.look())
        #expect(sentence.contains("another file took the place of \(place.path)"))
        #expect(try await database.look() == nil)
    }

    @Test func `a file that is moved away has all that was committed in it`() async throws {
        let database = try place.open()
        for number in 1...20 { try await database.note("\(number)") }
        let next = try place.make("next.db", mark: "second")
        place.move(place.path, to: place.folder + "/kept.db")
        place.move(next, to: place.path)
        _ = try await database.look()
        #expect(try place.notes(place.folder + "/kept.db").count == 20)
        #expect(try await database.notes().isEmpty)
    }

    @Test func `a -wal that is left beside the new file is not taken for its own`() async throws {
        let database = try place.open()
        try await database.note("before")
        #expect(try place.names().contains("a.db-wal"))
        // A reader of another process keeps the -wal from being folded into the file.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: place.path, configuration: configuration)
        try await reader.inDatabaseRead {
            place.move(try place.make("next.db", mark: "second"), to: place.path)
            _ = try await database.look()
        }
        try reader.close()
        #expect(database.header == "second")
        #expect(try await database.notes().isEmpty)
        #expect(try await database.reading { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    }

    @Test func `a file that is gone is an error, nothing is made in its place, and it may come back`() async throws {
        let database = try place.open()
        try await database.note("before")
        let away = place.folder + "/away.db"
        place.move(place.path, to: away)
        await #expect(throws: SQLiteProblem.gone) { try await database.note("lost?") }
        await #expect(throws: SQLiteProblem.gone) { try await database.notes() }
        await #expect(throws: SQLiteProblem.gone) { try await database.look() }
        #expect(access(place.path, F_OK) != 0)
        place.move(away, to: place.path)
        try await database.note("after")
        #expect(try await database.notes() == ["before", "after"])
        #expect(database.generation == 0)
    }

    @Test func `a file of another kind is refused and left as it is, and the right one is used when it comes`()
        async throws
    {
        let database = try place.open()
        let foreign = place.folder + "/foreign.db"
        let queue = try DatabaseQueue(path: foreign)
        try await queue.write { try $0.execute(sql: "CREATE TABLE other (a)") }
        try queue.close()
        try place.age(foreign)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: foreign))
        place.move(foreign, to: place.path)
        await #expect(throws: SQLiteProblem.foreign) { try await database.note("no") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)) == bytes)
        place.move(try place.make("next.db", mark: "third"), to: place.path)
        try await database.note("yes")
        #expect(database.header == "third")
    }

    @Test func `an empty file is not made into a database: somebody is about to fill it`() async throws {
        let database = try place.open()
        unlink(place.path)
        try Data().write(to: URL(fileURLWithPath: place.path))
        try place.age(place.path)
        await #expect(throws: SQLiteProblem.missing) { try await database.note("no") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.path)).isEmpty)
    }

    @Test func `a file that is being written is waited for`() async throws {
        let database = try place.open()
        let next = try place.make("next.db", mark: "second")
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: next)
        place.move(next, to: place.path)
        await #expect(throws: SQLiteProblem.unfinished) { try await database.note("early") }
        try place.age(place.path)
        try await database.note("late")
        #expect(try await database.notes() == ["late"])
    }

    @Test func `a commit during which the file was replaced is not acknowledged for the file before`() async throws {
        let database = try place.open()
        let next = try place.make("next.db", mark: "second")
        let place = place
        try await database.writing { db in
            try db.execute(sql: "INSERT INTO note VALUES ('kept')")
            place.move(next, to: place.path)
        }
        #expect(database.header == "second")
        #expect(try await database.notes() == ["kept"])
    }

    @Test func `what must be done before the new file is opened can forbid it`() async throws {
        let database = try place.open { throw SQLiteProblem.failed(detail: "another agent has it") }
        place.move(try place.make("next.db", mark: "second"), to: place.path)
        await #expect(throws: SQLiteProblem.failed(detail: "another agent has it")) { try await database.note("no") }
        #expect(try place.notes(place.path).isEmpty)
    }

    @Test func `a reader follows too, and changes nothing`() async throws {
        try place.open().close()
        let database = try place.open(.readOnly)
        #expect(try await database.notes().isEmpty)
        let next = try place.make("next.db", mark: "second")
        place.move(next, to: place.path)
        #expect(try await database.notes().isEmpty)
        #expect(database.header == "second")
    }

    @Test
    func `many writers at once, a file replaced again and again: each note is once in the file that was there last`()
        async throws
    {
        let database = try place.open()
        for round in 1...5 {
            let next = try place.make("next.db", mark: "\(round)")
            let texts = (0..<50).map { "\(round)-\($0)" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for text in texts { group.addTask { try await database.note(text) } }
                group.addTask { [place] in place.move(next, to: place.path) }
                try await group.waitForAll()
            }
            let found = try await database.notes()
            #expect(Set(found).count == found.count)
            #expect(Set(found).isSubset(of: Set(texts)))
            #expect(database.header == "\(round)")
        }
    }

    @Test func `a closed database stays closed`() async throws {
        let database = try place.open()
        try database.close()
        await #expect(throws: SQLiteProblem.failed(detail: "it is closed")) { try await database.note("no") }
    }
}

extension DatabaseQueue {
    /// Runs `body` while this connection reads an unchanging state.
    fileprivate func inDatabaseRead(_ body: () async throws -> Void) async throws {
        try await writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM note")
        }
        try await body()
        try await writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    }
}
