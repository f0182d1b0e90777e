import FleetModel
import Judgement

extension TargetSummary {
    /// One or two sentences that say why the target wants attention.
    ///
    /// - Parameter time: writes the instants in them.
    func why(_ time: ReportTime) -> String {
        switch status {
        case .failing:
            let count = judgedRuns.count
            return "\(newestFailure) \(count == 1 ? "Its only run failed." : "All \(count) runs failed.")"
        case .failsNow:
            let answered = judgedRuns.last { $0.outcome == .measured }.map { time.minutes($0.startedAt) }
            return "\(newestFailure) Last measured \(answered ?? NumberText.unknown)."
        case .belowPlan:
            let shortfalls = [download, upload].filter { $0.isBelowPlan == true }.map(Self.shortfall)
            return (shortfalls + [busyFarSide].compactMap(\.self)).joined(separator: " ")
        case .disabled, .notTested, .tooFewRuns, .ok:
            return ""
        }
    }

    /// A rate below the plan that the router's own CPU made says nothing about the link; nil where that was so in less than half of the runs.
    private var busyFarSide: String? {
        let measured = judgedRuns.filter { $0.outcome == .measured }
        let busy = measured.count { $0.flags.contains(FlagText.remoteCPU) }
        guard busy > 0, busy * 2 >= measured.count else { return nil }
        return
            "CPU-bound: the far side was above 70 % in \(busy) of \(measured.count) runs; the link may be faster."
    }

    private var newestFailure: String {
        let message = judgedRuns.reversed().lazy.compactMap(\.outcome.failure).first?.message ?? ""
        return message.hasSuffix(".") ? message : message + "."
    }

    private static func shortfall(_ direction: DirectionSummary) -> String {
        let name = direction.direction == .download ? "Download" : "Upload"
        let median = NumberText.rate(direction.judged.median)
        let plan = NumberText.rate(direction.plan?.bitsPerSecond)
        let count = direction.judged.count
        let met = Int((min(max(direction.planMetRatio ?? 0, 0), 1) * Double(count)).rounded())
        return "\(name) median \(median), plan \(plan); \(met) of \(count) runs reached it."
    }
}
