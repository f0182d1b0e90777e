import FleetModel

/// What is to be said of a target; the first that holds, in this order.
package enum TargetStatus: Sendable, Equatable {
    /// Nothing ran, as the fleet file wants it.
    case disabled
    /// Nothing ran: it was outside its windows, or was not due.
    case notTested
    /// No run measured anything; the newest failure says why.
    case failing(ProbeFailure.Kind)
    /// It measured in the period, and its newest two runs failed.
    case failsNow(ProbeFailure.Kind)
    case belowPlan
    /// It answered; there are fewer runs than a statistic takes.
    case tooFewRuns
    case ok

    /// Its name for programs, in summary.csv.
    package var key: String {
        switch self {
        case .disabled: "disabled"
        case .notTested: "not-tested"
        case .failing(let kind): kind.rawValue
        case .failsNow: "fails-now"
        case .belowPlan: "below-plan"
        case .tooFewRuns: "too-few-runs"
        case .ok: "ok"
        }
    }

    /// Whether the target answered a test at all.
    package var hasAnswered: Bool {
        switch self {
        case .disabled, .notTested, .failing: false
        case .failsNow, .belowPlan, .tooFewRuns, .ok: true
        }
    }
}
