/// The tables, as people who open the file with other tools meet them.
///
/// Times are INTEGER nanoseconds since 1970-01-01T00:00:00Z, amounts bytes, rates bit/s, ratios 0 … 1. The words in
/// `kind`, `outcome` and the like are not constrained here: a later version adds words, and a CHECK could not follow.
enum SchemaTables {
    static let first = """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        INSERT INTO meta (key, value) VALUES ('store_id', lower(hex(randomblob(16))));

        -- Every router or server that a run names or a fleet file named, kept after it left the file.
        CREATE TABLE target (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            kind TEXT,
            address TEXT,
            group_name TEXT,
            tags TEXT NOT NULL DEFAULT '{}',
            plan_down_bits_per_second REAL,
            plan_up_bits_per_second REAL,
            in_fleet INTEGER NOT NULL DEFAULT 0,
            first_seen_at INTEGER NOT NULL,
            fleet_loaded_at INTEGER
        ) STRICT;

        -- One row a slot or manual run, whatever became of it.
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            target INTEGER NOT NULL REFERENCES target (id),
            probe TEXT NOT NULL,
            kind TEXT NOT NULL,
            "trigger" TEXT NOT NULL,
            job TEXT,
            slot INTEGER,
            scheduled_at INTEGER,
            started_at INTEGER NOT NULL,
            finished_at INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            failure_kind TEXT,
            failure TEXT,
            authentication TEXT,
            local_cpu_ratio REAL,
            remote_cpu_ratio REAL,
            flags TEXT NOT NULL DEFAULT '',
            configuration_hash TEXT,
            CHECK (slot IS NULL OR job IS NOT NULL)
        ) STRICT;

        CREATE UNIQUE INDEX run_slot ON run (job, slot) WHERE slot IS NOT NULL;
        CREATE INDEX run_started ON run (started_at);
        CREATE INDEX run_latest ON run (target, probe, started_at);

        -- What one direction of a run carried.
        CREATE TABLE transfer (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            direction TEXT NOT NULL,
            bits_per_second REAL NOT NULL,
            bytes INTEGER NOT NULL,
            duration_ns INTEGER NOT NULL,
            connections INTEGER NOT NULL,
            lost_packets INTEGER,
            reordered_packets INTEGER,
            duplicate_packets INTEGER,
            UNIQUE (run, direction)
        ) STRICT;

        -- Round trips of a run: phase is idle, download or upload. Under load only the median is kept.
        CREATE TABLE latency (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            phase TEXT NOT NULL,
            method TEXT,
            median_ns INTEGER NOT NULL,
            min_ns INTEGER,
            max_ns INTEGER,
            p95_ns INTEGER,
            count INTEGER,
            loss_ratio REAL,
            PRIMARY KEY (run, phase)
        ) STRICT, WITHOUT ROWID;

        -- How far each connection was at an instant: the rate of its transfer can be recomputed to 0.1 %.
        CREATE TABLE sample (
            transfer INTEGER NOT NULL REFERENCES transfer (id) ON DELETE CASCADE,
            connection INTEGER NOT NULL,
            t_ns INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (transfer, connection, t_ns, bytes)
        ) STRICT, WITHOUT ROWID;

        -- What happened to the agent itself: starts, reloads, steps of the clock.
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            message TEXT NOT NULL
        ) STRICT;

        CREATE INDEX event_at ON event (at);

        """

    /// A latency row may now be one of round trips that nobody answered: it has no median. SQLite cannot take a NOT NULL back, so the
    /// table is written anew with all its rows; the views over it are made again by ``SchemaViews/fourth``.
    static let fourth = """
        DROP VIEW v_run;
        DROP VIEW v_latest;
        DROP VIEW v_daily;
        DROP VIEW v_failure;

        -- What the test itself kept the direction below: NULL is unknown, 0 is as fast as it went.
        ALTER TABLE transfer ADD COLUMN cap_bits_per_second REAL;

        -- Round trips of a run: phase is idle, download or upload. Under load only the median is kept. Of round trips that nobody
        -- answered there is no median: count is 0, and sent says how many were lost.
        CREATE TABLE latency_3 (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            phase TEXT NOT NULL,
            method TEXT,
            median_ns INTEGER,
            min_ns INTEGER,
            max_ns INTEGER,
            p95_ns INTEGER,
            count INTEGER,
            loss_ratio REAL,
            jitter_ns INTEGER,
            sent INTEGER,
            PRIMARY KEY (run, phase)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO latency_3 (run, phase, method, median_ns, min_ns, max_ns, p95_ns, count, loss_ratio, jitter_ns, sent)
        SELECT run, phase, method, median_ns, min_ns, max_ns, p95_ns, count, loss_ratio, jitter_ns,
            CASE WHEN loss_ratio >= 0 AND loss_ratio < 1 THEN CAST(round(count / (1 - loss_ratio)) AS INTEGER) END
        FROM latency;

        DROP TABLE latency;
        ALTER TABLE latency_3 RENAME TO latency;

        """

    static let second = """
        -- How much a round trip differed from the one before it, on average.
        ALTER TABLE latency ADD COLUMN jitter_ns INTEGER;

        """
}
