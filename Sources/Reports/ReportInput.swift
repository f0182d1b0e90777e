import FleetModel
import Foundation

/// Everything that a report is made of. The reports read no clock and no store: the same input gives the same bytes.
public struct ReportInput: Sendable {
    /// Runs that started in it; its end is not in it.
    public var period: Range<Date>
    public var generatedAt: Date
    /// Whose days and clocks the page shows; the tables for programs are in UTC.
    public var timeZone: TimeZone
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
    public var planShare: Double

    public init(
        period: Range<Date>, generatedAt: Date, targets: [Target], results: [ProbeResult],
        previousResults: [ProbeResult] = [], slotsDue: [String: Int] = [:], minimumRuns: Int = 5,
        planShare: Double = PlanRule.share, timeZone: TimeZone = .gmt
    ) {
        self.period = period
        self.generatedAt = generatedAt
        self.targets = targets
        self.results = results
        self.previousResults = previousResults
        self.slotsDue = slotsDue
        self.minimumRuns = minimumRuns
        self.planShare = planShare
        self.timeZone = timeZone
    }
}
