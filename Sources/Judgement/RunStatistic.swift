import FleetModel

/// What several runs say about one quantity, in the quantity's own unit.
package struct RunStatistic: Sendable, Equatable {
    /// How many runs measured it.
    package let count: Int
    /// nil below the stated minimum of runs, like all the others but ``last``.
    package let median: Double?
    package let p5: Double?
    package let p95: Double?
    package let min: Double?
    package let max: Double?
    /// The newest value, also of a single run.
    package let last: Double?

    /// - Parameter values: by time, oldest first; what is no number does not count.
    package init(_ values: [Double], minimumRuns: Int) {
        let valid = values.filter(\.isFinite)
        let sorted = valid.sorted()
        count = valid.count
        last = valid.last
        let speaks = valid.count >= Swift.max(minimumRuns, 1)
        median = speaks ? Quantiles.median(ofSorted: sorted) : nil
        p5 = speaks ? Quantiles.nearestRank(0.05, ofSorted: sorted) : nil
        p95 = speaks ? Quantiles.nearestRank(0.95, ofSorted: sorted) : nil
        min = speaks ? sorted.first : nil
        max = speaks ? sorted.last : nil
    }
}
