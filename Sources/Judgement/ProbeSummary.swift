import FleetModel

/// One probe of one target over the period.
package struct ProbeSummary: Sendable {
    package let name: String
    package let measured: Int
    package let failed: Int
    /// Skipped or missed.
    package let notRun: Int
    /// bit/s
    package let download: RunStatistic
    package let upload: RunStatistic
    /// Seconds, as are the three below.
    package let latency: RunStatistic
    /// How much a round trip differed from the one before it.
    package let jitter: RunStatistic
    package let latencyInDownload: RunStatistic
    package let latencyInUpload: RunStatistic

    /// - Parameter results: of the probe on one target, oldest first.
    package init(name: String, results: [ProbeResult], minimumRuns: Int) {
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
