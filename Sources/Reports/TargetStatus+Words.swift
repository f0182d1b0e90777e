import FleetModel
import Judgement

extension TargetStatus {
    /// The word in the table.
    var word: String {
        switch self {
        case .disabled: "disabled"
        case .notTested: "not tested"
        case .failing(let kind): kind.word
        case .failsNow(let kind): "failing: \(kind.word)"
        case .belowPlan: "below plan"
        case .tooFewRuns: "too few runs"
        case .ok: "ok"
        }
    }

    /// How much of the reader's attention it wants: bad, warn, mute or good; a class of the style sheet.
    var tone: String {
        switch self {
        case .failing, .failsNow: "bad"
        case .belowPlan: "warn"
        case .disabled, .notTested, .tooFewRuns: "mute"
        case .ok: "good"
        }
    }
}

extension ProbeFailure.Kind {
    /// As a state of a target: "unreachable", "wrong password".
    var word: String {
        switch self {
        case .unreachable: "unreachable"
        case .refused: "refused"
        case .authentication: "wrong password"
        case .timeout: "timed out"
        case .protocol: "protocol error"
        case .tls: "TLS error"
        case .busy: "busy"
        case .quota: "over quota"
        case .interrupted: "interrupted"
        case .internal: "local error"
        }
    }

    /// What so many targets did: "1 refused the password".
    func clause(_ count: Int) -> String {
        switch self {
        case .unreachable: "\(count) unreachable"
        case .refused: "\(count) refused the test"
        case .authentication: "\(count) refused the password"
        case .timeout: "\(count) timed out"
        case .protocol: "\(count) broke the protocol"
        case .tls: "\(count) failed TLS"
        case .busy: "\(count) busy"
        case .quota: "\(count) over quota"
        case .interrupted: count == 1 ? "1 was cut short" : "\(count) were cut short"
        case .internal: "\(count) failed on this side"
        }
    }
}
