import FleetModel
import Judgement

extension FleetSummary {
    /// What a report says of its period.
    init(_ input: ReportInput) {
        self.init(
            period: input.period, targets: input.targets, results: input.results, slotsDue: input.slotsDue,
            minimumRuns: input.minimumRuns, planShare: input.planShare)
    }

    /// What a network engineer wants to know first, disabled targets left out: "9 of 11 targets answered; 1
    /// unreachable; 2 below their plan."
    var verdict: String {
        let targets = targets.filter { $0.status != .disabled }
        guard !targets.isEmpty else { return "The fleet has no targets to test." }
        let tested = targets.filter { $0.status != .notTested }
        guard !tested.isEmpty else { return "None of \(Self.targets(targets.count)) was tested in this period." }
        let answered = targets.count { $0.status.hasAnswered }
        let untested = targets.count - tested.count
        var clauses: [String] = []
        for kind in ProbeFailure.Kind.allCases {
            let count = targets.count { $0.status == .failing(kind) }
            if count > 0 { clauses.append(kind.clause(count)) }
        }
        let failingNow = targets.count { if case .failsNow = $0.status { true } else { false } }
        if failingNow > 0 { clauses.append("\(failingNow) failing") }
        let below = targets.count { $0.status == .belowPlan }
        if below > 0 { clauses.append(below == 1 ? "1 below its plan" : "\(below) below their plan") }
        if untested > 0 { clauses.append("\(untested) not tested") }
        let all = answered == targets.count
        let subject =
            all
            ? (targets.count == 1 ? "The one target answered" : "All \(targets.count) targets answered")
            : "\(answered) of \(Self.targets(targets.count)) answered"
        return ([subject] + clauses).joined(separator: "; ") + "."
    }

    private static func targets(_ count: Int) -> String {
        count == 1 ? "1 target" : "\(count) targets"
    }
}
