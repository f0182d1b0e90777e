import FleetModel
import Foundation
import Judgement
import Mustache

/// What report.mustache shows, in words and numbers; the templates only place it.
///
/// The models answer by name themselves (`MustacheParent`): the package would otherwise reflect on them at each
/// mention, which takes most of the time of a page with thousands of targets.
struct ReportPage {
    /// A target that wants attention, with why.
    struct Attention {
        let anchor: String
        let targetName: String
        let word: String
        let tone: String
        let why: String
    }

    /// One kind of failure over the whole fleet.
    struct FailureKind {
        let word: String
        let runCount: Int
        let targetCount: Int
    }

    private static let attentionLimit = 10

    let style: String
    let styleHash: String
    let periodText: String
    let periodStart: String
    let periodEnd: String
    let generated: String
    let zoneName: String
    let verdict: String
    let attention: [Attention]
    let attentionRest: String?
    let rows: [TargetRow]
    let details: [TargetDetail]
    let failureKinds: [FailureKind]
    let minimumRuns: Int
    let planPercent: String
    let hasPlans: Bool

    init(_ input: ReportInput, _ fleet: FleetSummary) {
        let numbered = fleet.targets.enumerated().map { (target: $1, anchor: "t\($0 + 1)") }
        let wanting = numbered.filter { ["bad", "warn"].contains($0.target.status.tone) }
            .sorted { Self.urgency($0.target) < Self.urgency($1.target) }
        style = HTMLReport.style
        styleHash = HTMLReport.styleHash
        let (start, end) = (input.period.lowerBound, input.period.upperBound)
        let time = ReportTime(zone: input.timeZone)
        periodText = "\(time.minutes(start)) to \(time.minutes(end))"
        periodStart = UTCTime.seconds(start)
        periodEnd = UTCTime.seconds(end)
        generated = time.minutes(input.generatedAt)
        zoneName = time.zoneName
        verdict = fleet.verdict
        attention = wanting.prefix(Self.attentionLimit).map { target, anchor in
            Attention(
                anchor: anchor, targetName: target.name, word: target.status.word, tone: target.status.tone,
                why: target.why(time))
        }
        let rest = wanting.count - attention.count
        attentionRest = rest > 0 ? "\(rest) more in the table below." : nil
        rows = numbered.map { TargetRow($0.target, anchor: $0.anchor) }
        // A small fleet is read at a glance; of a large one only what wants attention unfolds.
        let unfolded = numbered.count <= Self.attentionLimit ? numbered : wanting
        let opens = unfolded.count <= Self.attentionLimit ? Set(unfolded.map(\.anchor)) : []
        details = numbered.map { target, anchor in
            TargetDetail(
                target, anchor: anchor, period: input.period, isOpen: opens.contains(anchor),
                knowsFleet: !input.targets.isEmpty, time: time)
        }
        failureKinds = Self.failureKinds(fleet)
        minimumRuns = max(input.minimumRuns, 1)
        planPercent = NumberText.percent(input.planShare)
        hasPlans = fleet.targets.contains { $0.target?.plan != nil }
    }

    private static func failureKinds(_ fleet: FleetSummary) -> [FailureKind] {
        ProbeFailure.Kind.allCases.compactMap { kind in
            let counts = fleet.targets.map { target in
                target.failures.reduce(0) { $1.kind == kind ? $0 + $1.count : $0 }
            }
            let runs = counts.reduce(0, +)
            return runs == 0 ? nil : FailureKind(word: kind.word, runCount: runs, targetCount: counts.count { $0 > 0 })
        }.sorted { ($1.runCount, $0.word) < ($0.runCount, $1.word) }
    }

    /// The order of attention: what fails before what is slow, the slowest for its plan first.
    private static func urgency(_ target: TargetSummary) -> (Int, Double) {
        switch target.status {
        case .failing: (0, 0)
        case .failsNow: (1, 0)
        default: (2, target.planRatio ?? 1)
        }
    }
}

extension ReportPage: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "style": style
        case "styleHash": styleHash
        case "periodText": periodText
        case "periodStart": periodStart
        case "periodEnd": periodEnd
        case "generated": generated
        case "zoneName": zoneName
        case "verdict": verdict
        case "attention": attention
        case "attentionRest": attentionRest
        case "rows": rows
        case "details": details
        case "failureKinds": failureKinds
        case "minimumRuns": minimumRuns
        case "planPercent": planPercent
        case "hasPlans": hasPlans
        default: nil
        }
    }
}
