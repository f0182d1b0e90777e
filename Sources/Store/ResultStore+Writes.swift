import FleetModel
import Foundation
import GRDB

extension ResultStore {
    public func keep(
        _ results: [ProbeResult], configurationHash: String?
    ) async throws(StoreError) -> [RecordAnswer] {
        guard !results.isEmpty else { return [] }
        return try await writing { db in
            let writer = try RunWriter(db, configurationHash: configurationHash)
            return try results.map { try writer.record($0) }
        }
    }

    public func keep(_ event: StoreEvent) async throws(StoreError) {
        try await writing { db in
            try db.execute(
                sql: "INSERT INTO event (at, kind, message) VALUES (?, ?, ?)",
                arguments: [StoreTime.nanoseconds(of: event.date), event.kind.rawValue, event.message])
        }
    }

    public func update(targets: [Target], at date: Date) async throws(StoreError) {
        let loaded = StoreTime.nanoseconds(of: date)
        try await writing { db in
            try db.execute(sql: "UPDATE target SET in_fleet = 0 WHERE in_fleet <> 0")
            let statement = try db.makeStatement(sql: Self.targetUpsert)
            for target in targets {
                let known = StoredTarget(target)
                try statement.execute(arguments: [
                    known.name, known.kind?.rawValue, known.address, known.group, try known.tagsText(),
                    known.plan?.down?.bitsPerSecond.finite, known.plan?.up?.bitsPerSecond.finite, loaded, loaded,
                ])
            }
        }
    }

    private static let targetUpsert = """
        INSERT INTO target (name, kind, address, group_name, tags, plan_down_bits_per_second, plan_up_bits_per_second,
            in_fleet, first_seen_at, fleet_loaded_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
        ON CONFLICT (name) DO UPDATE SET
            kind = excluded.kind, address = excluded.address, group_name = excluded.group_name, tags = excluded.tags,
            plan_down_bits_per_second = excluded.plan_down_bits_per_second,
            plan_up_bits_per_second = excluded.plan_up_bits_per_second,
            in_fleet = 1, fleet_loaded_at = excluded.fleet_loaded_at,
            first_seen_at = CASE WHEN first_seen_at <= excluded.first_seen_at THEN first_seen_at ELSE
                -- A clock was ahead when the target was first seen: its first run under a right one, or now.
                coalesce(min(excluded.first_seen_at, (
                    SELECT min(coalesce(run.scheduled_at, run.started_at)) FROM run
                    WHERE run.target = target.id AND run.started_at <= excluded.first_seen_at AND NOT (\(isMarked)))),
                    excluded.first_seen_at) END
        """
}

extension Double {
    /// nil for what is no number: a column would take NaN for NULL and infinity for a value.
    var finite: Double? { isFinite ? self : nil }
}
