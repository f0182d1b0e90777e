import FleetModel
import GRDB
import SQLiteFiles

/// A search for the capacity of a way, with its steps, beside the run that made it: only runs with ``RunFlag/capacity`` have such rows.
enum CapacityRows {
    static let schema = """
        -- What a search for the capacity found in a direction: bit/s that arrived at the highest rate that lost no more than 1 %.
        CREATE TABLE capacity (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            direction TEXT NOT NULL,
            bits_per_second REAL,
            at_least INTEGER NOT NULL,
            ending TEXT NOT NULL,
            PRIMARY KEY (run, direction)
        ) STRICT, WITHOUT ROWID;

        -- The rates that it tried, in their order.
        CREATE TABLE capacity_step (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            direction TEXT NOT NULL,
            step INTEGER NOT NULL,
            asked_bits_per_second REAL NOT NULL,
            received_bits_per_second REAL NOT NULL,
            loss_ratio REAL NOT NULL,
            PRIMARY KEY (run, direction, step)
        ) STRICT, WITHOUT ROWID;

        """

    static func write(_ db: Database, _ capacity: CapacityResult, _ direction: TransferDirection, run: Int64) throws {
        try db.cachedStatement(sql: "INSERT INTO capacity VALUES (?, ?, ?, ?, ?)").execute(arguments: [
            run, direction.rawValue, capacity.bitsPerSecond?.finite, capacity.isAtLeast, capacity.ending,
        ])
        let addStep = try db.cachedStatement(sql: "INSERT INTO capacity_step VALUES (?, ?, ?, ?, ?, ?)")
        for (number, step) in capacity.steps.enumerated() {
            guard let asked = step.askedBitsPerSecond.finite, let received = step.receivedBitsPerSecond.finite,
                let loss = step.lossRatio.finite
            else { continue }
            try addStep.execute(arguments: [run, direction.rawValue, number, asked, received, loss])
        }
    }

    static func read(_ db: Database, _ direction: TransferDirection, runID: String) throws -> CapacityResult? {
        let select = """
            SELECT capacity.bits_per_second, capacity.at_least, capacity.ending FROM capacity
            JOIN run ON run.id = capacity.run WHERE run.run_id = ? AND capacity.direction = ?
            """
        let arguments: StatementArguments = [runID, direction.rawValue]
        guard let row = try Row.fetchOne(try db.cachedStatement(sql: select), arguments: arguments) else { return nil }
        let columns = ColumnReader(row: row, table: "capacity", name: runID)
        let steps = """
            SELECT asked_bits_per_second, received_bits_per_second, loss_ratio FROM capacity_step
            JOIN run ON run.id = capacity_step.run WHERE run.run_id = ? AND capacity_step.direction = ? ORDER BY step
            """
        return CapacityResult(
            bitsPerSecond: try columns.real(0, "bits_per_second"),
            isAtLeast: try columns.requiredInteger(1, "at_least") != 0,
            ending: try columns.requiredText(2, "ending"),
            steps: try Row.fetchAll(try db.cachedStatement(sql: steps), arguments: arguments).map { row in
                let columns = ColumnReader(row: row, table: "capacity_step", name: runID)
                return .init(
                    askedBitsPerSecond: try columns.require(
                        columns.real(0, "asked_bits_per_second"), "asked_bits_per_second"),
                    receivedBitsPerSecond: try columns.require(
                        columns.real(1, "received_bits_per_second"), "received_bits_per_second"),
                    lossRatio: try columns.require(columns.real(2, "loss_ratio"), "loss_ratio"))
            })
    }
}
