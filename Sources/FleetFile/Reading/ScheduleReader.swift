import FleetModel
import Foundation

/// Reads `schedule:`, one entry or a list of them.
final class ScheduleReader {
    /// An entry with the place of what says when it is due, for checks against the probes that use it.
    struct Placed {
        let entry: ScheduleEntry
        let position: SourcePosition
        /// Of the entry's name, or of the entry.
        var namePosition: SourcePosition
    }

    private static let longestInterval = Duration.seconds(366 * 86400)
    private let values: ValueReader
    /// Every target of a group brings the same expression.
    private var expressions: [String: Result<CronExpression, CronExpression.ParseError>] = [:]

    init(values: ValueReader) {
        self.values = values
    }

    /// - Parameter mayBePartial: whether `every` or `cron` may come from elsewhere by inheritance.
    /// - Returns: the entries that can be used; empty where there are none or all are wrong.
    func read(_ node: SourceNode, mayBePartial: Bool = false) -> [Placed] {
        switch node.content {
        case .list(let items):
            guard items.count <= 100 else {
                values.problems.report(
                    node.position, "a schedule has at most 100 entries", found: "found \(items.count)",
                    remedy: "combine them in cron expressions")
                return []
            }
            let entries = items.compactMap { readEntry($0, mayBePartial: false) }
            checkNames(entries, of: node)
            return entries
        case .map: return readEntry(node, mayBePartial: mayBePartial).map { [$0] } ?? []
        case .scalar, .nothing:
            values.problems.report(
                node.position, "\"schedule\" must be an entry or a list of entries", found: node.found,
                remedy: "write { every: 6h }, for example")
            return []
        }
    }

    /// Names are unique in their list; entries without one are numbered, so that one more before them takes their past away.
    private func checkNames(_ entries: [Placed], of list: SourceNode) {
        var places: [String: SourcePosition] = [:]
        for placed in entries {
            guard let name = placed.entry.name else { continue }
            if let first = places[name] {
                values.problems.report(
                    placed.namePosition, "the name \(SourceNode.quoted(name)) is taken in this schedule",
                    found: "first given in \(first.file.name):\(first.line)", remedy: "rename one of them")
            } else {
                places[name] = placed.namePosition
            }
        }
        guard entries.count > 1, let unnamed = entries.first(where: { $0.entry.name == nil }) else { return }
        values.problems.recommend(
            unnamed.namePosition, "an entry of several has no name and is known by its number",
            remedy: "add name: evening, for example, so that it keeps its past when others come before it")
    }

    /// The value of `name`: a name that cannot be taken for a number.
    private func readName(_ node: SourceNode) -> String? {
        guard let name = values.name(node) else { return nil }
        guard !name.unicodeScalars.allSatisfy({ $0.properties.numericType == .decimal }) else {
            values.problems.report(
                node.position, "the name of a schedule entry is more than digits, which number those without a name",
                found: node.found, remedy: "write name: evening, for example")
            return nil
        }
        return name
    }

    private func readEntry(_ node: SourceNode, mayBePartial: Bool) -> Placed? {
        guard var reader = MappingReader(node, place: "a schedule entry", values: values) else { return nil }
        let nameEntry = reader.entry("name")
        let name = nameEntry.flatMap { readName($0.value) }
        let namePosition = nameEntry?.value.position ?? node.position
        let interval = reader.duration("every", in: .seconds(1)...Self.longestInterval, example: "6h")
        let cron = reader.entry("cron").flatMap(readCron)
        if let interval, interval.components.attoseconds != 0, let entry = reader.rawEntry("every") {
            values.problems.report(
                entry.value.position, "\"every\" must be whole seconds", found: entry.value.found,
                remedy: "round it")
        }
        let jitterEntry = reader.entry("jitter")
        let spreadEntry = reader.rawEntry("spread")
        let spread = reader.duration("spread", in: .seconds(1)...Self.longestInterval, example: "2h")
        let slip = reader.duration("slip", in: .seconds(1)...Self.longestInterval, example: "30m")
        reader.finish()
        let mayHaveInterval = reader.has("every") || (mayBePartial && !reader.has("cron"))
        let jitter = jitterEntry.flatMap { readJitter($0.value, hasInterval: mayHaveInterval) }

        switch (reader.has("every"), reader.has("cron")) {
        case (true, true):
            values.problems.report(
                node.position, "a schedule entry takes \"every\" or \"cron\"", found: "found both",
                remedy: "write two entries")
            return nil
        case (false, false):
            guard !mayBePartial else { return nil }
            values.problems.report(
                node.position, "a schedule entry needs \"every\" or \"cron\"",
                remedy: "write { every: 6h }, for example")
            return nil
        case (true, false):
            if let spreadEntry {
                values.problems.report(
                    spreadEntry.keyPosition, "\"spread\" belongs to \"cron\"",
                    remedy: "remove it; \"every\" spreads its starts over the whole interval")
            }
            guard let interval, let position = reader.rawEntry("every")?.value.position else { return nil }
            let entry = ScheduleEntry(
                name: name, timing: .every(interval), jitter: jitter ?? .uniform(limit: nil), slip: slip)
            return Placed(entry: entry, position: position, namePosition: namePosition)
        case (false, true):
            guard let cron, let position = reader.rawEntry("cron")?.value.position else { return nil }
            let entry = ScheduleEntry(
                name: name, timing: .cron(cron), jitter: jitter ?? .uniform(limit: nil), spread: spread, slip: slip)
            return Placed(entry: entry, position: position, namePosition: namePosition)
        }
    }

    private func readCron(_ entry: SourceEntry) -> CronExpression? {
        guard let text = values.text(entry.value, of: "cron") else { return nil }
        let result: Result<CronExpression, CronExpression.ParseError>
        if let known = expressions[text] {
            result = known
        } else {
            result = Result { () throws(CronExpression.ParseError) in try CronExpression(parsing: text) }
            expressions[text] = result
        }
        switch result {
        case .success(let expression): return expression
        case .failure(let error):
            values.problems.report(
                entry.value.position, error.message, found: entry.value.found,
                remedy: "write five fields such as \"0 2 * * *\"")
            return nil
        }
    }

    private func readJitter(_ node: SourceNode, hasInterval: Bool) -> ScheduleEntry.Jitter? {
        if case .scalar("poisson", _) = node.content {
            guard hasInterval else {
                values.problems.report(
                    node.position, "\"jitter: poisson\" needs \"every\"", remedy: "write a duration for a cron entry")
                return nil
            }
            return .poisson
        }
        if case .scalar(let text, _) = node.content, let limit = DurationText.parse(text),
            limit <= Self.longestInterval
        {
            return .uniform(limit: limit)
        }
        values.problems.report(
            node.position, "\"jitter\" must be a duration or poisson", found: node.found,
            remedy: "write 10m, for example")
        return nil
    }
}
