import FleetModel
import Foundation

/// The whole period: every target.
package struct FleetSummary: Sendable {
    package let period: Range<Date>
    /// The targets of the fleet file in its order, then those that only results name, by name.
    package let targets: [TargetSummary]

    /// - Parameters:
    ///   - targets: those of the fleet file; others follow from the results.
    ///   - results: in any order; those that did not start in the period are left out.
    ///   - slotsDue: how many slots were due in the period, by the target's name; one without an entry has an unknown number.
    ///   - minimumRuns: how many runs a statistic takes at least.
    ///   - planShare: which share of the plan's rate a run must reach to meet the plan, 0 … 1.
    package init(
        period: Range<Date>, targets listed: [Target], results: [ProbeResult], slotsDue: [String: Int],
        minimumRuns: Int,
        planShare: Double
    ) {
        let inPeriod = results.filter { period.contains($0.startedAt) }
        let results = Dictionary(grouping: inPeriod, by: \.target)
        let known = Set(listed.map(\.name))
        let others = results.keys.filter { !known.contains($0) }.sorted()
        func judged(_ name: String, _ target: Target?) -> TargetSummary {
            TargetSummary(
                name: name, target: target, results: results[name] ?? [], due: slotsDue[name],
                minimumRuns: minimumRuns, planShare: planShare)
        }
        self.period = period
        targets = listed.map { judged($0.name, $0) } + others.map { judged($0, nil) }
    }
}
