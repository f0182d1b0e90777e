import FleetModel
import Foundation
import Judgement
import Mustache

/// What the report tells of one target when it is unfolded.
struct TargetDetail {
    /// One probe's row.
    struct ProbeRow {
        let probeName: String
        let measured: Int
        let failed: Int
        let notRun: Int
        let probeFigures: [ReportFigure]
    }

    /// Failures that say the same.
    struct FailureRow {
        let kindWord: String
        let sentence: String
        let failureCount: Int
        let firstSeen: String
        let lastSeen: String
    }

    /// What was remarkable about runs.
    struct RemarkRow {
        let remark: String
        let remarkCount: Int
    }

    /// Why runs did not begin.
    struct IdleRow {
        let reason: String
        let reasonCount: Int
    }

    let anchor: String
    let targetName: String
    let word: String
    let tone: String
    let openAttribute: String
    let facts: String
    let chart: RateChart?
    let probeRows: [ProbeRow]
    let hasProbes: Bool
    let failureRows: [FailureRow]
    let hasFailures: Bool
    let remarkRows: [RemarkRow]
    let hasRemarks: Bool
    let idleRows: [IdleRow]
    let hasIdle: Bool

    /// - Parameter knowsFleet: whether there is a fleet file that the target could stand in.
    init(
        _ target: TargetSummary, anchor: String, period: Range<Date>, isOpen: Bool, knowsFleet: Bool,
        time: ReportTime
    ) {
        self.anchor = anchor
        targetName = target.name
        word = target.status.word
        tone = target.status.tone
        openAttribute = isOpen ? " open" : ""
        facts = Self.facts(target, knowsFleet: knowsFleet)
        chart = RateChart(target, period: period, anchor: anchor, time: time)
        probeRows = target.probes.map { probe in
            ProbeRow(
                probeName: probe.name, measured: probe.measured, failed: probe.failed, notRun: probe.notRun,
                probeFigures: [
                    ReportFigure(probe.download, NumberText.megabits), ReportFigure(probe.upload, NumberText.megabits),
                ]
                    + [probe.latency, probe.jitter, probe.latencyInDownload, probe.latencyInUpload].map {
                        ReportFigure($0, NumberText.milliseconds)
                    })
        }
        hasProbes = !probeRows.isEmpty
        failureRows = target.failures.map {
            FailureRow(
                kindWord: $0.kind.word, sentence: $0.sentence, failureCount: $0.count,
                firstSeen: time.minutes($0.first), lastSeen: time.minutes($0.last))
        }
        hasFailures = !failureRows.isEmpty
        remarkRows = target.flags.map { RemarkRow(remark: FlagText.sentence($0.flag), remarkCount: $0.count) }
        hasRemarks = !remarkRows.isEmpty
        idleRows = target.idleReasons.map { IdleRow(reason: $0.sentence, reasonCount: $0.count) }
        hasIdle = !idleRows.isEmpty
    }

    /// Which directions have no verdict because the tests themselves stay below the plan.
    private static func cannotShow(_ summary: TargetSummary) -> [String] {
        [summary.download, summary.upload].compactMap { direction in
            guard direction.plan != nil, direction.rate.count > 0, direction.judged.count == 0 else { return nil }
            return "its tests are capped too low to show the plan's \(direction.direction.rawValue)"
        }
    }

    /// Address, group, tags, plan: what stands under the name.
    private static func facts(_ summary: TargetSummary, knowsFleet: Bool) -> String {
        guard let target = summary.target else { return knowsFleet ? "Not in the fleet file." : "" }
        var facts = [target.addressText]
        if let group = target.group { facts.append("group \(group)") }
        facts += target.tags.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if let plan = target.plan {
            let down = plan.down.map { "\(NumberText.rate($0.bitsPerSecond)) down" }
            let up = plan.up.map { "\(NumberText.rate($0.bitsPerSecond)) up" }
            facts.append("plan " + [down, up].compactMap { $0 }.joined(separator: ", "))
            facts += cannotShow(summary)
        }
        if !target.isEnabled { facts.append("disabled") }
        return facts.joined(separator: " · ")
    }
}

extension TargetDetail: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "anchor": anchor
        case "targetName": targetName
        case "word": word
        case "tone": tone
        case "openAttribute": openAttribute
        case "facts": facts
        case "chart": chart
        case "probeRows": probeRows
        case "hasProbes": hasProbes
        case "failureRows": failureRows
        case "hasFailures": hasFailures
        case "remarkRows": remarkRows
        case "hasRemarks": hasRemarks
        case "idleRows": idleRows
        case "hasIdle": hasIdle
        default: nil
        }
    }
}

extension TargetDetail.ProbeRow: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "probeName": probeName
        case "measured": measured
        case "failed": failed
        case "notRun": notRun
        case "probeFigures": probeFigures
        default: nil
        }
    }
}

extension TargetDetail.FailureRow: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "kindWord": kindWord
        case "sentence": sentence
        case "failureCount": failureCount
        case "firstSeen": firstSeen
        case "lastSeen": lastSeen
        default: nil
        }
    }
}

extension TargetDetail.RemarkRow: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "remark": remark
        case "remarkCount": remarkCount
        default: nil
        }
    }
}

extension TargetDetail.IdleRow: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "reason": reason
        case "reasonCount": reasonCount
        default: nil
        }
    }
}
