import FleetModel

/// One probe of one target over the period.
struct ProbeSummary: Sendable {
    let name: String
    let measured: Int
    let failed: Int
    /// Skipped or missed.
    let notRun: Int
    /// bit/s
    let download: RunStatistic
    let upload: RunStatistic
    /// Seconds.
    let latency: RunStatistic

    /// - Parameter results: of the probe on one target, oldest first.
    init(name: String, results: [ProbeResult], minimumRuns: Int) {
        let good = results.filter { $0.outcome == .measured }
        self.name = name
        measured = good.count
        failed = results.count { $0.outcome.failure != nil }
        notRun = results.count { $0.outcome.reason != nil }
        download = RunStatistic(good.compactMap(\.download?.bitsPerSecond), minimumRuns: minimumRuns)
        upload = RunStatistic(good.compactMap(\.upload?.bitsPerSecond), minimumRuns: minimumRuns)
        latency = RunStatistic(good.compactMap(\.latency?.median), minimumRuns: minimumRuns)
    }
}
