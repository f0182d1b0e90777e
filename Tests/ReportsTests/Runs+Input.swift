import FleetModel
import Foundation
import Reports
import TestSupport

extension Runs {
    static func input(
        _ targets: [Target] = [], _ results: [ProbeResult], due: [String: Int] = [:], minimum: Int = 5
    ) -> ReportInput {
        ReportInput(
            period: week, generatedAt: week.upperBound, targets: targets, results: results, slotsDue: due,
            minimumRuns: minimum)
    }
}
