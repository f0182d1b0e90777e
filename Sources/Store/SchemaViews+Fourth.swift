/// The views of the fourth schema: they know round trips that nobody answered, caps, and clocks that were wrong.
///
/// A run whose clock was wrong is not the newest of anything, however far ahead it says it began, and belongs to no day; one that is ahead
/// of the clock and not marked yet is treated alike.
extension SchemaViews {
    static let fourth = runOfFourth + latestOfFourth + dailyOfFourth + failureOfFourth

    private static func wrongClock(_ run: String) -> String { has("clock-wrong", run) }

    /// A minute is what a clock that the network sets may be ahead.
    private static func isAhead(_ run: String) -> String {
        "\(run).started_at > (CAST(strftime('%s', 'now') AS INTEGER) + 60) * 1000000000"
    }

    private static func outOfStatistics(_ run: String) -> String {
        // A step that was released never changes: further flags come with a step of their own.
        "(" + ["clock-wrong", "forced", "interrupted", "unconfirmed"].map { has($0, run) }.joined(separator: " OR ")
            + ")"
    }

    private static func has(_ flag: String, _ run: String) -> String {
        "instr(' ' || \(run).flags || ' ', ' \(flag) ') > 0"
    }

    private static let runOfFourth = """
        -- One row a run, in the units that people use.
        CREATE VIEW v_run AS
        SELECT
            run.run_id,
            target.name AS target,
            run.probe,
            run.kind,
            run."trigger",
            run.outcome,
            run.failure_kind,
            run.failure,
            strftime('%Y-%m-%dT%H:%M:%S', (run.started_at + 500000) / 1000000000, 'unixepoch')
                || printf('.%03dZ', (run.started_at + 500000) / 1000000 % 1000) AS started_at,
            download.bits_per_second / 1e6 AS download_mbit_per_s,
            upload.bits_per_second / 1e6 AS upload_mbit_per_s,
            idle.median_ns / 1e6 AS latency_median_ms,
            idle.loss_ratio,
            run.flags,
            nullif(download.cap_bits_per_second, 0) / 1e6 AS download_cap_mbit_per_s,
            nullif(upload.cap_bits_per_second, 0) / 1e6 AS upload_cap_mbit_per_s
        FROM run
        JOIN target ON target.id = run.target
        LEFT JOIN transfer AS download ON download.run = run.id AND download.direction = 'download'
        LEFT JOIN transfer AS upload ON upload.run = run.id AND upload.direction = 'upload'
        LEFT JOIN latency AS idle ON idle.run = run.id AND idle.phase = 'idle';

        """

    private static let latestOfFourth = """
        -- The newest run of each target and probe, rounded, to be read as it stands.
        CREATE VIEW v_latest AS
        WITH pair AS (SELECT DISTINCT target, probe FROM run)
        SELECT
            target.name AS target,
            pair.probe,
            strftime('%Y-%m-%d %H:%M:%SZ', (run.started_at + 500000) / 1000000000, 'unixepoch') AS started_at,
            run.outcome,
            round(download.bits_per_second / 1e6, 1) AS download_mbit_per_s,
            round(upload.bits_per_second / 1e6, 1) AS upload_mbit_per_s,
            round(idle.median_ns / 1e6, 1) AS latency_median_ms,
            round(idle.loss_ratio * 100, 1) AS loss_percent,
            run.failure
        FROM pair
        JOIN target ON target.id = pair.target
        JOIN run ON run.id = (
            SELECT newest.id FROM run AS newest
            WHERE newest.target = pair.target AND newest.probe = pair.probe
                AND NOT (\(wrongClock("newest")))
                AND NOT (\(isAhead("newest")))
            ORDER BY newest.started_at DESC, newest.id DESC
            LIMIT 1)
        LEFT JOIN transfer AS download ON download.run = run.id AND download.direction = 'download'
        LEFT JOIN transfer AS upload ON upload.run = run.id AND upload.direction = 'upload'
        LEFT JOIN latency AS idle ON idle.run = run.id AND idle.phase = 'idle'
        ORDER BY target.name, pair.probe;

        """

    private static let dailyOfFourth = """
        -- Each UTC day of each target and probe: how many runs, and the medians over the measured ones.
        CREATE VIEW v_daily AS
        WITH
        dated AS (
            SELECT id, target, probe, outcome, date((started_at + 500000) / 1000000000, 'unixepoch') AS day,
                \(outOfStatistics("run")) AS is_out
            FROM run
            WHERE NOT (\(wrongClock("run"))) AND NOT (\(isAhead("run")))),
        value AS (
            SELECT dated.day, dated.target, dated.probe, transfer.direction AS what,
                transfer.bits_per_second / 1e6 AS amount
            FROM dated JOIN transfer ON transfer.run = dated.id
            WHERE dated.outcome = 'measured' AND NOT dated.is_out
            UNION ALL
            SELECT dated.day, dated.target, dated.probe, 'latency', latency.median_ns / 1e6
            FROM dated JOIN latency ON latency.run = dated.id AND latency.phase = 'idle'
            WHERE dated.outcome = 'measured' AND NOT dated.is_out AND latency.median_ns IS NOT NULL),
        ranked AS (
            SELECT day, target, probe, what, amount,
                row_number() OVER (PARTITION BY day, target, probe, what ORDER BY amount) AS place,
                count(*) OVER (PARTITION BY day, target, probe, what) AS n
            FROM value),
        median AS (
            SELECT day, target, probe, what, avg(amount) AS amount
            FROM ranked WHERE place IN ((n + 1) / 2, (n + 2) / 2)
            GROUP BY day, target, probe, what),
        counted AS (
            SELECT day, target, probe, count(*) AS runs,
                sum(outcome = 'measured') AS measured, sum(outcome = 'failed') AS failed,
                sum(outcome = 'skipped') AS skipped, sum(outcome = 'missed') AS missed
            FROM dated GROUP BY day, target, probe)
        SELECT
            counted.day, target.name AS target, counted.probe,
            counted.runs, counted.measured, counted.failed, counted.skipped, counted.missed,
            round(download.amount, 3) AS download_median_mbit_per_s,
            round(upload.amount, 3) AS upload_median_mbit_per_s,
            round(latency.amount, 3) AS latency_median_ms
        FROM counted
        JOIN target ON target.id = counted.target
        LEFT JOIN median AS download ON download.what = 'download' AND download.day = counted.day
            AND download.target = counted.target AND download.probe = counted.probe
        LEFT JOIN median AS upload ON upload.what = 'upload' AND upload.day = counted.day
            AND upload.target = counted.target AND upload.probe = counted.probe
        LEFT JOIN median AS latency ON latency.what = 'latency' AND latency.day = counted.day
            AND latency.target = counted.target AND latency.probe = counted.probe
        ORDER BY counted.day, target.name, counted.probe;

        """

    private static let failureOfFourth = """
        -- Every failed run with its sentence, newest first.
        CREATE VIEW v_failure AS
        SELECT
            strftime('%Y-%m-%dT%H:%M:%SZ', (run.started_at + 500000) / 1000000000, 'unixepoch') AS started_at,
            target.name AS target,
            run.probe,
            run.failure_kind,
            run.failure,
            run.run_id
        FROM run
        JOIN target ON target.id = run.target
        WHERE run.outcome = 'failed'
        ORDER BY \(wrongClock("run")) OR \(isAhead("run")), run.started_at DESC, run.id DESC;

        """
}
