import FleetModel
import Foundation

/// One target over the period: what the rows, sentences and charts of every report are made of.
struct TargetSummary: Sendable {
    let name: String
    /// nil for a target that only results name.
    let target: Target?
    /// Oldest first.
    let results: [ProbeResult]
    /// The runs that the status follows from, oldest first: those that were begun, and of these the throughput tests
    /// where there are any. A router that answers pings and refuses the password is not well.
    let judgedRuns: [ProbeResult]
    let status: TargetStatus
    let download: DirectionSummary
    let upload: DirectionSummary
    /// Seconds: the idle medians of the runs.
    let latency: RunStatistic
    /// Lost round trips over all sent ones, 0 … 1; nil where none were sent or below the minimum of runs.
    let lossRatio: Double?
    /// Scheduled runs that measured, of the slots due; the latter nil where unknown.
    let coverage: (measured: Int, due: Int?)
    let probes: [ProbeSummary]
    let failures: [FailureGroup]
    let flags: [FlagGroup]
    /// Sentences of runs that were skipped or missed, with how often, the most frequent first.
    let idleReasons: [(sentence: String, count: Int)]

    init(
        name: String, target: Target?, results unordered: [ProbeResult], due: Int?, minimumRuns: Int, planShare: Double
    ) {
        let results = unordered.sorted(by: ProbeResult.isOlder)
        self.name = name
        self.target = target
        self.results = results
        download = DirectionSummary(
            .download, target: target, results: results, minimumRuns: minimumRuns, planShare: planShare)
        upload = DirectionSummary(
            .upload, target: target, results: results, minimumRuns: minimumRuns, planShare: planShare)
        let pings = results.filter { $0.outcome == .measured }.compactMap(\.latency)
        latency = RunStatistic(pings.map(\.median), minimumRuns: minimumRuns)
        lossRatio = latency.median == nil ? nil : Self.loss(pings)
        let measured = results.filter { $0.outcome == .measured }
        coverage = (measured.count { $0.trigger == .schedule }, due)
        failures = FailureGroup.groups(of: results)
        flags = FlagGroup.groups(of: results)
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
    var planMetRatio: Double? {
        [download.planMetRatio, upload.planMetRatio].compactMap { $0 }.min()
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

    private static func loss(_ pings: [LatencySummary]) -> Double? {
        var (lost, sent) = (0.0, 0.0)
        for ping in pings where ping.lossRatio >= 0 && ping.lossRatio < 1 && ping.count > 0 {
            let all = Double(ping.count) / (1 - ping.lossRatio)
            sent += all
            lost += all - Double(ping.count)
        }
        return sent > 0 ? lost / sent : nil
    }
}
