import FleetModel
import Foundation

/// One target over the period: what the rows, sentences and charts of every report are made of.
package struct TargetSummary: Sendable {
    package let name: String
    /// nil for a target that only results name.
    package let target: Target?
    /// Oldest first, without those whose time is not known.
    package let results: [ProbeResult]
    /// The runs that the status follows from, oldest first: those that were begun, and of these the throughput tests
    /// where there are any. A router that answers pings and refuses the password is not well.
    package let judgedRuns: [ProbeResult]
    package let status: TargetStatus
    package let download: DirectionSummary
    package let upload: DirectionSummary
    /// Seconds: the idle medians of the runs.
    package let latency: RunStatistic
    /// Lost round trips over all sent ones, 0 … 1, over all runs that pinged, those without any answer included; nil below the minimum of
    /// such runs.
    package let lossRatio: Double?
    /// Scheduled runs that measured, of the slots due; the latter nil where unknown.
    package let coverage: (measured: Int, due: Int?)
    package let probes: [ProbeSummary]
    package let failures: [FailureGroup]
    package let flags: [FlagGroup]
    /// Sentences of runs that were skipped or missed, with how often, the most frequent first.
    package let idleReasons: [(sentence: String, count: Int)]

    package init(
        name: String, target: Target?, results unordered: [ProbeResult], due: Int?, minimumRuns: Int, planShare: Double
    ) {
        let all = unordered.sorted(by: ProbeResult.isOlder)
        // When the others were is not known: they are told as a remark alone.
        let results = all.filter(\.isPlacedInTime)
        self.name = name
        self.target = target
        self.results = results
        let counting = results.filter(\.countsInStatistics)
        download = DirectionSummary(
            .download, target: target, results: counting, minimumRuns: minimumRuns, planShare: planShare)
        upload = DirectionSummary(
            .upload, target: target, results: counting, minimumRuns: minimumRuns, planShare: planShare)
        let pinging = Self.pinging(counting)
        latency = RunStatistic(
            pinging.filter { $0.outcome == .measured }.compactMap(\.latency?.median), minimumRuns: minimumRuns)
        lossRatio = Self.loss(pinging.compactMap(\.latency), minimumRuns: minimumRuns)
        let measured = results.filter { $0.outcome == .measured }
        coverage = (measured.count { $0.trigger == .schedule }, due)
        failures = FailureGroup.groups(of: results)
        flags = FlagGroup.groups(of: all)
        idleReasons = Dictionary(grouping: results.compactMap(\.outcome.reason), by: { $0 })
            .map { ($0.key, $0.value.count) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        let begun = results.filter { $0.outcome.reason == nil }
        let throughput = begun.filter(\.kind.isThroughputTest)
        judgedRuns = throughput.isEmpty ? begun : throughput
        status = Self.status(
            judgedRuns, isEnabled: target?.isEnabled ?? true, minimumRuns: minimumRuns,
            isBelowPlan: download.isBelowPlan == true || upload.isBelowPlan == true)
        let names = Set(results.map(\.probe)).sorted()
        probes = names.map { name in
            ProbeSummary(name: name, results: results.filter { $0.probe == name }, minimumRuns: minimumRuns)
        }
    }

    /// Runs that met the plan in every direction that has one, 0 … 1; the worse direction counts.
    package var planMetRatio: Double? {
        [download.planMetRatio, upload.planMetRatio].compactMap { $0 }.min()
    }

    /// The worst median over its plan; nil where there is none.
    package var planRatio: Double? {
        [download, upload].compactMap { direction in
            guard let median = direction.judged.median, let plan = direction.plan, plan.bitsPerSecond > 0 else {
                return nil
            }
            return median / plan.bitsPerSecond
        }.min()
    }

    /// - Parameter runs: those that were begun, oldest first.
    private static func status(
        _ runs: [ProbeResult], isEnabled: Bool, minimumRuns: Int, isBelowPlan: Bool
    ) -> TargetStatus {
        guard let newest = runs.last else { return isEnabled ? .notTested : .disabled }
        let measured = runs.count { $0.outcome == .measured }
        if measured == 0 { return .failing(newest.outcome.failure?.kind ?? .internal) }
        let lastTwo = runs.suffix(2).compactMap(\.outcome.failure)
        if lastTwo.count == 2, let failure = lastTwo.last { return .failsNow(failure.kind) }
        if isBelowPlan { return .belowPlan }
        return measured < minimumRuns ? .tooFewRuns : .ok
    }

    /// The runs whose round trips speak for the target: its latency probes, else the tests that pinged before they began; the two are not
    /// mixed.
    private static func pinging(_ results: [ProbeResult]) -> [ProbeResult] {
        let all = results.filter { $0.latency != nil }
        let probes = all.filter { $0.kind == .latency }
        return probes.isEmpty ? all : probes
    }

    private static func loss(_ pings: [LatencySummary], minimumRuns: Int) -> Double? {
        guard pings.count >= max(minimumRuns, 1) else { return nil }
        let (answered, sent) = pings.reduce(into: (0.0, 0.0)) {
            $0.0 += Double(max($1.count, 0))
            $0.1 += Double(max($1.sent, 0))
        }
        return sent > 0 ? (sent - answered) / sent : nil
    }
}
