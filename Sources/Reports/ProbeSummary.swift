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
    /// Seconds, as are the three below.
    let latency: RunStatistic
    /// How much a round trip differed from the one before it.
    let jitter: RunStatistic
    let latencyInDownload: RunStatistic
    let latencyInUpload: RunStatistic

    /// - Parameter results: of the probe on one target, oldest first.
    init(name: String, results: [ProbeResult], minimumRuns: Int) {
        let good = results.filter { $0.outcome == .measured && $0.countsInStatistics }
        self.name = name
        measured = results.count { $0.outcome == .measured }
        failed = results.count { $0.outcome.failure != nil }
        notRun = results.count { $0.outcome.reason != nil }
        download = RunStatistic(good.compactMap(\.download?.bitsPerSecond), minimumRuns: minimumRuns)
        upload = RunStatistic(good.compactMap(\.upload?.bitsPerSecond), minimumRuns: minimumRuns)
        latency = RunStatistic(good.compactMap(\.latency?.median), minimumRuns: minimumRuns)
        jitter = RunStatistic(good.compactMap(\.latency?.jitter), minimumRuns: minimumRuns)
        latencyInDownload = RunStatistic(
            good.compactMap(\.latencyUnderLoad?.downloadMedian), minimumRuns: minimumRuns)
        latencyInUpload = RunStatistic(good.compactMap(\.latencyUnderLoad?.uploadMedian), minimumRuns: minimumRuns)
    }
}
