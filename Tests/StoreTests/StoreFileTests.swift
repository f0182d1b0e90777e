import FleetModel
import Foundation
import GRDB
import SQLiteFiles
import Testing

@testable import Store

@Suite("The store's file")
struct StoreFileTests {
    let place: TemporaryStore

    init() throws {
        place = try TemporaryStore()
    }

    @Test("File, -wal and -shm are for their owner alone, whatever the umask says")
    func permissions() async throws {
        let before = umask(0)
        defer { umask(before) }
        let store = try place.open()
        try await store.keep(Samples.full())
        #expect(try place.permissions() == 0o600)
        #expect(try place.permissions("-wal") == 0o600)
        #expect(try place.permissions("-shm") == 0o600)
    }

    @Test("An empty file that others can read is closed to them before it is filled")
    func emptyFile() throws {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o644]
        #expect(FileManager.default.createFile(atPath: place.path, contents: nil, attributes: attributes))
        _ = try place.open()
        #expect(try place.permissions() == 0o600)
    }

    @Test("The writer commits to the disk, in WAL, with foreign keys and five seconds of patience")
    func settings() async throws {
        let store = try place.open()
        @Sendable func settings(_ db: Database) throws -> [String] {
            try ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"].map { name in
                try String.fetchOne(db, sql: "PRAGMA \(name)") ?? ""
            }
        }
        #expect(try await store.writing { try settings($0) } == ["wal", "2", "1", "5000"])
        #expect(try await store.reading { try settings($0) }.last == "5000")
    }

    @Test("A setting that is not in force is an error, not a hope")
    func settingNotInForce() throws {
        let path = place.path
        let settings = SQLiteSettings()
        var configuration = settings.configuration(readOnly: false)
        configuration.foreignKeysEnabled = false
        let pool = try DatabasePool(path: path, configuration: configuration)
        #expect(throws: StoreError.file(.settingRefused(setting: "foreign_keys = 1", found: "0"), path: path)) {
            do { try pool.writeWithoutTransaction { try settings.enforce(on: $0) } } catch {
                throw StoreError(error, path: path)
            }
        }
    }

    @Test("The file tells whose it is and which schema it has")
    func identity() throws {
        _ = try place.open()
        #expect(try place.rows("PRAGMA application_id").first?["application_id"] == 0x666C_7072.databaseValue)
        #expect(try place.rows("PRAGMA user_version").first?["user_version"] == Schema.version.databaseValue)
        let loose = try place.rows("SELECT name FROM pragma_table_list WHERE NOT strict AND type = 'table'")
        #expect(loose.compactMap { $0["name"] } == ["sqlite_schema", "sqlite_temp_schema"].map(\.databaseValue))
    }

    @Test("A store of the first schema goes on with today's, its runs unchanged")
    func migration() async throws {
        let older = SQLiteMigration(applicationID: Schema.applicationID, steps: Array(Schema.steps.prefix(1)))
        try await DatabaseQueue(path: place.path).writeWithoutTransaction { db in
            try older.run(on: db)
            try db.execute(
                sql: """
                    INSERT INTO target (name, first_seen_at) VALUES ('ap-north', 1);
                    INSERT INTO run (run_id, target, probe, kind, "trigger", started_at, finished_at, outcome, flags)
                    VALUES ('\(UUID().uuidString.lowercased())', 1, 'tcp', 'btest', 'manual', 1, 2, 'measured', '');
                    INSERT INTO latency (run, phase, method, median_ns, count) VALUES (1, 'idle', 'icmp', 12000000, 20);
                    """)
        }
        let runs = try await place.open().runs(RunQuery())
        #expect(runs.map(\.target) == ["ap-north"])
        #expect(runs.first?.latency?.median == 0.012)
        #expect(runs.first?.latency?.jitter == nil)
    }

    @Test("A store of the second schema goes on with today's: loss is counted, and what was capped is not known")
    func migrationFromSecond() async throws {
        let older = SQLiteMigration(applicationID: Schema.applicationID, steps: Array(Schema.steps.prefix(2)))
        try await DatabaseQueue(path: place.path).writeWithoutTransaction { db in
            try older.run(on: db)
            try db.execute(
                sql: """
                    INSERT INTO target (name, first_seen_at) VALUES ('ap-north', 1);
                    INSERT INTO run (run_id, target, probe, kind, "trigger", started_at, finished_at, outcome, flags)
                    VALUES ('\(UUID().uuidString.lowercased())', 1, 'tcp', 'btest', 'manual', 1, 2, 'measured', '');
                    INSERT INTO latency (run, phase, method, median_ns, count, loss_ratio, jitter_ns)
                    VALUES (1, 'idle', 'icmp', 12000000, 15, 0.25, 500000), (1, 'download', NULL, 30000000, NULL, NULL, NULL);
                    INSERT INTO transfer (id, run, direction, bits_per_second, bytes, duration_ns, connections)
                    VALUES (7, 1, 'download', 1e6, 125000, 1000000000, 1);
                    INSERT INTO sample VALUES (7, 0, 5, 6);
                    """)
        }
        let store = try place.open()
        let run = try #require(try await store.runs(RunQuery(includesSamples: true)).first)
        #expect(run.latency?.sent == 20 && run.latency?.count == 15 && run.latency?.jitter == 0.0005)
        #expect(run.latencyUnderLoad?.downloadMedian == 0.03)
        #expect(run.download?.cap == .unknown && run.download?.samples.count == 1)
        #expect(try place.rows("SELECT loss_percent FROM v_latest").first?["loss_percent"] == 25.0.databaseValue)
        #expect(try place.rows("PRAGMA foreign_key_check").isEmpty)
    }

    @Test("Round trips that nobody answered are kept without a median, and count as lost in the views")
    func unansweredRoundTrips() async throws {
        var dead = Samples.failed(1)
        dead.latency = .unanswered(.icmp, sent: 10)
        let store = try place.open()
        try await store.keep(dead)
        #expect(try await store.run(id: dead.runID) == dead)
        let latest = try #require(try place.rows("SELECT * FROM v_latest").first)
        #expect(latest["loss_percent"] == 100.0.databaseValue && latest["latency_median_ms"] == .null)
        #expect(try place.rows("SELECT loss_ratio FROM v_run").first?["loss_ratio"] == 1.0.databaseValue)
    }

    @Test("The store's own id stays the same, and differs from another store's")
    func storeID() throws {
        let first = try place.open().storeID
        #expect(first.count == 32)
        #expect(try place.open().storeID == first)
        #expect(try TemporaryStore().open().storeID != first)
    }

    @Test("Two processes may open a new file at the same time")
    func openedTogether() async throws {
        let place = place
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 { group.addTask { try place.open().storeID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("What was acknowledged is there after a crash")
    func crash() async throws {
        let store = try place.open()
        try await store.keep(Samples.full())
        // The files as a process leaves them that is killed now: nothing closed, nothing moved out of the WAL.
        let after = try TemporaryStore()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: place.path + suffix, toPath: after.path + suffix)
        }
        #expect(try await after.open().run(id: Samples.full().runID) == Samples.full())
        #expect(try after.open().storeID == store.storeID)
    }

    @Test("Readers look while the agent writes")
    func readersBesideWriter() async throws {
        let agent = try place.open()
        let reader = try place.open(.readOnly)
        try await agent.keep(Samples.full())
        #expect(try await reader.runs().count == 1)
        await #expect(throws: StoreError.file(.notPermitted, path: place.path)) {
            try await reader.keep(Samples.failed(2))
        }
    }

    @Test("Damage is found where it is asked for")
    func integrity() async throws {
        let store = try place.open()
        try await store.checkIntegrity()
        try await store.keep((0..<500).map { Samples.failed($0) })
        try store.close()
        let size = try Data(contentsOf: URL(fileURLWithPath: place.path)).count
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: place.path))
        try handle.seek(toOffset: UInt64(size / 2))
        try handle.write(contentsOf: Data(repeating: 0xA5, count: size / 4))
        try handle.close()
        let damaged = try place.open()
        let error = await #expect(throws: StoreError.self) { try await damaged.checkIntegrity() }
        guard case .file(.corrupt, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
