import FleetModel
import Foundation

/// One direction of a target over the period, by the probe that the report judges it by.
package struct DirectionSummary: Sendable {
    /// One measured run.
    package struct Point: Sendable, Equatable {
        package let date: Date
        /// bit/s
        package let rate: Double
    }

    package let direction: TransferDirection
    /// The probe that measured it; nil where no probe did or would.
    package let probe: String?
    /// Oldest first.
    package let points: [Point]
    /// bit/s
    package let rate: RunStatistic
    package let plan: BitRate?
    /// The runs that could show the plan: not those whose own cap kept them below it.
    package let judged: RunStatistic
    /// Judged runs that met the plan over all judged ones, 0 … 1; nil without a plan or below the minimum of runs.
    package let planMetRatio: Double?
    /// Whether the median of the judged runs misses the plan; nil where that cannot be said.
    package let isBelowPlan: Bool?

    /// - Parameter results: of one target, oldest first, those that count in statistics.
    package init(
        _ direction: TransferDirection, target: Target?, results: [ProbeResult], minimumRuns: Int, planShare: Double
    ) {
        self.direction = direction
        probe = Self.judgingProbe(direction, target: target, results: results)
        let name = probe
        let measured = results.compactMap { result -> (point: Point, cap: RateCap)? in
            guard result.outcome == .measured, result.probe == name, let transfer = result.transfer(direction),
                transfer.bitsPerSecond.isFinite
            else { return nil }
            return (Point(date: result.startedAt, rate: transfer.bitsPerSecond), transfer.cap)
        }
        points = measured.map(\.point)
        rate = RunStatistic(points.map(\.rate), minimumRuns: minimumRuns)
        plan = direction == .download ? target?.plan?.down : target?.plan?.up
        guard let plan else {
            judged = RunStatistic([], minimumRuns: minimumRuns)
            planMetRatio = nil
            isBelowPlan = nil
            return
        }
        // Of a run from before caps were kept today's recipe is the best that is known.
        let today = target?.assignments.first { $0.probe.name == name }.map { RateCap($0.probe.recipe) } ?? .unknown
        let rates = measured.filter { !($0.cap == .unknown ? today : $0.cap).hides(plan, share: planShare) }
            .map(\.point.rate)
        judged = RunStatistic(rates, minimumRuns: minimumRuns)
        guard let median = judged.median else {
            planMetRatio = nil
            isBelowPlan = nil
            return
        }
        let threshold = plan.bitsPerSecond * planShare
        planMetRatio = Double(rates.count { $0 >= threshold }) / Double(rates.count)
        isBelowPlan = median < threshold
    }

    /// A target may run several probes that do not compare, such as TCP as fast as it goes and UDP at 50 Mbit/s. The
    /// first one in the fleet file that measured the direction speaks for the target.
    private static func judgingProbe(
        _ direction: TransferDirection, target: Target?, results: [ProbeResult]
    ) -> String? {
        let measured = results.filter { $0.outcome == .measured && $0.transfer(direction) != nil }.map(\.probe)
        let assigned = (target?.assignments ?? []).map(\.probe)
        if let first = assigned.first(where: { measured.contains($0.name) }) { return first.name }
        let counts = Dictionary(grouping: measured, by: { $0 }).mapValues(\.count)
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return most?.key ?? assigned.first { $0.measures(direction) }?.name
    }
}

extension ProbeResult {
    package func transfer(_ direction: TransferDirection) -> TransferResult? {
        switch direction {
        case .download: download
        case .upload: upload
        case .both: nil
        }
    }
}

extension ProbeSpec {
    fileprivate func measures(_ direction: TransferDirection) -> Bool {
        switch recipe {
        case .btest(let btest): btest.direction == direction || btest.direction == .both
        case .rmbt(let rmbt): rmbt.direction == direction || rmbt.direction == .both
        case .latency: false
        }
    }
}
