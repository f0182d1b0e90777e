import FleetModel
import Foundation

/// Everything that a report is made of. The reports read no clock and no store: the same input gives the same bytes.
public struct ReportInput: Sendable {
    /// Runs that started in it; its end is not in it.
    public var period: Range<Date>
    public var generatedAt: Date
    /// The fleet's targets in the order of its file. A target that only results name follows after them.
    public var targets: [Target]
    /// The runs of the period, in any order.
    public var results: [ProbeResult]
    /// The runs of the period before, of the same length; empty where there are none.
    public var previousResults: [ProbeResult]
    /// How many slots were due in the period, by the target's name; a target without an entry has an unknown number.
    public var slotsDue: [String: Int]
    /// How many runs a statistic takes at least, 1 or more; below it the report says only how many there are.
    public var minimumRuns: Int
    /// Which share of the plan's rate a run must reach to meet the plan, 0 … 1.
    ///
    /// Not 1: what TCP carries over an Ethernet of 100 Mbit/s is at most 94.9 Mbit/s.
    public var planShare: Double

    public init(
        period: Range<Date>, generatedAt: Date, targets: [Target], results: [ProbeResult],
        previousResults: [ProbeResult] = [], slotsDue: [String: Int] = [:], minimumRuns: Int = 5,
        planShare: Double = 0.9
    ) {
        self.period = period
        self.generatedAt = generatedAt
        self.targets = targets
        self.results = results
        self.previousResults = previousResults
        self.slotsDue = slotsDue
        self.minimumRuns = minimumRuns
        self.planShare = planShare
    }
}
