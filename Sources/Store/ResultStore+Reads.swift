import FleetModel
import Foundation
import GRDB
import SQLiteFiles

extension ResultStore {
    public func runs(_ query: RunQuery, limit: Int) async throws(StoreError) -> [ProbeResult] {
        let count = Self.inLimit(limit)
        return try await reading { db in
            let (condition, arguments) = try query.condition()
            let horizon = StoreTime.nanoseconds(of: Date().addingTimeInterval(WrongRows.tolerance))
            let isWrong = "(run.started_at > \(horizon) OR \(Self.isMarked))"
            var found: [ProbeResult] = []
            for term in ["NOT \(isWrong)", isWrong] where found.count < count {
                let sql = """
                    \(RunColumn.select) \(condition.isEmpty ? "WHERE" : condition + " AND") \(term)
                    ORDER BY run.started_at DESC, run.id DESC LIMIT \(count - found.count)
                    """
                try Self.forEachRun(db, sql: sql, arguments: arguments, query.includesSamples) { found.append($0) }
            }
            return found
        }
    }

    public func count(_ query: RunQuery) async throws(StoreError) -> Int {
        try await reading { db in
            let (condition, arguments) = try query.condition()
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM run \(condition)", arguments: arguments) ?? 0
        }
    }

    public func fold<Value: Sendable>(
        _ query: RunQuery, into initial: Value, _ body: @escaping @Sendable (inout Value, ProbeResult) throws -> Void
    ) async throws(StoreError) -> Value {
        try await reading { db in
            let (condition, arguments) = try query.condition()
            let sql = "\(RunColumn.select) \(condition) ORDER BY run.started_at, run.id"
            var value = initial
            try Self.forEachRun(db, sql: sql, arguments: arguments, query.includesSamples) { try body(&value, $0) }
            return value
        }
    }

    public func run(id: UUID) async throws(StoreError) -> ProbeResult? {
        try await reading { db in
            var found: ProbeResult?
            let sql = "\(RunColumn.select) WHERE run.run_id = ?"
            try Self.forEachRun(db, sql: sql, arguments: [id.uuidString.lowercased()], true) { found = $0 }
            return found
        }
    }

    public func latestSlots(now: Date) async throws(StoreError) -> [String: Int64] {
        let horizon = StoreTime.nanoseconds(of: now.addingTimeInterval(WrongRows.tolerance))
        return try await reading { db in
            // Jumps from job to job along the index of slots: the time grows with the jobs, not with the runs.
            let sql = """
                WITH RECURSIVE job (name) AS (
                    SELECT min(job) FROM run WHERE slot IS NOT NULL
                    UNION ALL
                    SELECT (SELECT min(run.job) FROM run WHERE run.slot IS NOT NULL AND run.job > job.name)
                    FROM job WHERE job.name IS NOT NULL)
                SELECT name, (
                    SELECT run.slot FROM run
                    WHERE run.job = job.name AND run.slot IS NOT NULL AND run.started_at <= ? AND NOT (\(Self.isMarked))
                    ORDER BY run.slot DESC LIMIT 1)
                FROM job WHERE name IS NOT NULL
                """
            var slots: [String: Int64] = [:]
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [horizon])
            while let row = try rows.next() {
                let columns = ColumnReader(row: row, table: "run", name: "of a slot")
                guard let job = try columns.text(0, "job"), let slot = try columns.integer(1, "slot") else { continue }
                slots[job] = slot
            }
            return slots
        }
    }

    public func events(in period: Range<Date>?, limit: Int) async throws(StoreError) -> [StoreEvent] {
        let count = Self.inLimit(limit)
        let from = period.map { StoreTime.nanoseconds(of: $0.lowerBound) } ?? .min
        let to = period.map { StoreTime.nanoseconds(of: $0.upperBound) } ?? .max
        return try await reading { db in
            let sql =
                "SELECT id, at, kind, message FROM event WHERE at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?"
            return try Row.fetchAll(db, sql: sql, arguments: [from, to, count]).map { row in
                let columns = ColumnReader(row: row, table: "event", name: "\(row[0] ?? "")")
                return StoreEvent(
                    date: StoreTime.date(ofNanoseconds: try columns.requiredInteger(1, "at")),
                    kind: StoreEvent.Kind(rawValue: try columns.requiredText(2, "kind")),
                    message: try columns.requiredText(3, "message"))
            }
        }
    }

    public func targets() async throws(StoreError) -> [StoredTarget] {
        try await reading { db in
            let sql = """
                SELECT name, kind, address, group_name, tags, plan_down_bits_per_second, plan_up_bits_per_second,
                    in_fleet
                FROM target ORDER BY name
                """
            return try Row.fetchAll(db, sql: sql).map(Self.target)
        }
    }

    private static func target(_ row: Row) throws -> StoredTarget {
        let columns = ColumnReader(row: row, table: "target", name: "\(row[0] ?? "without a name")")
        let tagsText = try columns.text(4, "tags") ?? "{}"
        guard let tags = try? JSONDecoder().decode([String: String].self, from: Data(tagsText.utf8)) else {
            throw columns.unreadable("tags", .string(tagsText))
        }
        let down = try columns.real(5, "plan_down_bits_per_second").map(BitRate.init(bitsPerSecond:))
        let up = try columns.real(6, "plan_up_bits_per_second").map(BitRate.init(bitsPerSecond:))
        return StoredTarget(
            name: try columns.requiredText(0, "name"), kind: try columns.word(1, "kind"),
            address: try columns.text(2, "address"), group: try columns.text(3, "group_name"), tags: tags,
            plan: down == nil && up == nil ? nil : Target.Plan(down: down, up: up),
            isInFleet: try columns.integer(7, "in_fleet") == 1)
    }

    private static func forEachRun(
        _ db: Database, sql: String, arguments: StatementArguments, _ includesSamples: Bool,
        _ body: (ProbeResult) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        while let row = try rows.next() {
            var result = try RunReader(row).result { transfer in
                includesSamples ? try samples(db, transfer: transfer) : []
            }
            if result.flags.contains(RunFlag.capacity) {
                let id = result.runID.uuidString.lowercased()
                result.downloadCapacity = try CapacityRows.read(db, .download, runID: id)
                result.uploadCapacity = try CapacityRows.read(db, .upload, runID: id)
            }
            try body(result)
        }
    }

    private static func samples(_ db: Database, transfer: Int64) throws -> [TransferResult.Sample] {
        let statement = try db.cachedStatement(
            sql: "SELECT connection, t_ns, bytes FROM sample WHERE transfer = ? ORDER BY connection, t_ns, bytes")
        return try Row.fetchAll(statement, arguments: [transfer]).map { row in
            let columns = ColumnReader(row: row, table: "sample", name: "of transfer \(transfer)")
            let number = try columns.requiredInteger(0, "connection")
            guard let connection = Int(exactly: number) else { throw columns.unreadable("connection", .int64(number)) }
            return TransferResult.Sample(
                connection: connection, nanoseconds: try columns.requiredInteger(1, "t_ns"),
                bytes: try columns.requiredInteger(2, "bytes"))
        }
    }

    private static func inLimit(_ limit: Int) -> Int {
        min(max(limit, 1), RunQuery.maxRows)
    }
}
