import FleetModel
import Foundation
import Judgement
import TestSupport

extension Runs {
    /// What a week says.
    static func judged(
        _ targets: [Target] = [], _ results: [ProbeResult], due: [String: Int] = [:]
    ) -> FleetSummary {
        FleetSummary(
            period: week, targets: targets, results: results, slotsDue: due, minimumRuns: 5, planShare: PlanRule.share)
    }
}
