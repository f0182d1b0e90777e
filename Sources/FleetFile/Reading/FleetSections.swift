import FleetModel
import Foundation

/// The top-level keys of a fleet, gathered over all its files.
struct FleetSections {
    private(set) var store: String?
    private(set) var reports: String?
    private(set) var timeZone: TimeZone = .gmt
    private(set) var seed: String?
    private(set) var concurrentTests = 1
    private(set) var credentials: [SourceEntry] = []
    private(set) var probes: [SourceEntry] = []
    private(set) var defaults: SourceNode?
    private(set) var groups: [SourceEntry] = []
    private(set) var routers: [SourceNode] = []
    private(set) var servers: [SourceNode] = []
    /// Whether anything stands under `routers` or `servers`, be it right or wrong.
    private(set) var namesTargets = false

    private let values: ValueReader
    private var places: [String: SourcePosition] = [:]

    /// In the time zone database.
    private static let namesOfUTC: Set<String> = [
        "UTC", "GMT", "UCT", "Zulu", "Universal", "Greenwich", "GMT0", "GMT+0", "GMT-0",
    ]

    private static let ofMainFile = [
        "store", "reports", "timezone", "seed", "max_concurrent_tests", "defaults",
    ]

    init(values: ValueReader) {
        self.values = values
    }

    private var problems: ProblemCollector { values.problems }

    mutating func add(_ root: SourceTree.Root, isMain: Bool) {
        let place = isMain ? "a fleet file" : "an included file"
        guard var reader = MappingReader(root.node, place: place, values: values) else { return }
        _ = reader.rawEntry("include")
        readVersion(&reader, isMain: isMain)
        if isMain {
            store = reader.path("store")
            reports = reader.path("reports")
            if let entry = reader.entry("timezone") { readTimeZone(entry.value) }
            seed = reader.text("seed")
            concurrentTests = reader.integer("max_concurrent_tests", in: 1...1000, example: 1) ?? 1
            defaults = section("defaults", &reader)
        } else {
            for key in Self.ofMainFile {
                guard let entry = reader.rawEntry(key) else { continue }
                problems.report(
                    entry.keyPosition, "\"\(key)\" belongs in the fleet file itself", remedy: "move it there")
            }
        }
        credentials += named("credentials", "credential", &reader)
        probes += named("probes", "probe", &reader)
        groups += named("groups", "group", &reader)
        routers += items("routers", &reader)
        servers += items("servers", &reader)
        reader.finish()
    }

    private func readVersion(_ reader: inout MappingReader, isMain: Bool) {
        guard let entry = reader.entry("version") else {
            if isMain, !reader.has("version") { reader.reportMissing("version", remedy: "begin with \"version: 1\"") }
            return
        }
        if case .scalar("1", false) = entry.value.content {
            problems.report(
                entry.value.position, "\"version\" must be the number 1", found: "found the text \"1\"",
                remedy: "remove the quotes")
            return
        }
        guard case .scalar("1", true) = entry.value.content else {
            problems.report(
                entry.value.position, "\"version\" must be 1, the only one there is", found: entry.value.found,
                remedy: "write version: 1")
            return
        }
    }

    private mutating func readTimeZone(_ node: SourceNode) {
        guard let name = values.text(node, of: "timezone") else { return }
        // Abbreviations and offsets have no rules for summer time; those of UTC need none.
        if Self.namesOfUTC.contains(name) {
            timeZone = .gmt
            return
        }
        if name.contains("/"), let zone = TimeZone(identifier: name) {
            timeZone = zone
            return
        }
        let known = TimeZone.knownTimeZoneIdentifiers.filter { $0 != name && $0.contains("/") } + ["UTC"]
        let meant = Spelling.suggestion(for: name, among: known)
        problems.report(
            node.position, "\"timezone\" must be the name of an IANA time zone", found: node.found,
            remedy: meant.map { "did you mean \"\($0)\"?" } ?? "write Europe/Vienna or UTC, for example")
    }

    /// A section whose content is commented out is like an absent one.
    private func section(_ key: String, _ reader: inout MappingReader) -> SourceNode? {
        guard let entry = reader.rawEntry(key) else { return nil }
        if case .nothing = entry.value.content { return nil }
        return entry.value
    }

    private mutating func named(_ key: String, _ noun: String, _ reader: inout MappingReader) -> [SourceEntry] {
        guard let node = section(key, &reader) else { return [] }
        guard case .map(let entries) = node.content else {
            problems.report(
                node.position, "\"\(key)\" must be a map of names", found: key == "credentials" ? "" : node.found,
                remedy: "write \"NAME: …\" lines")
            return []
        }
        let named = entries.map {
            SourceEntry(key: FleetName.normalized($0.key), keyPosition: $0.keyPosition, value: $0.value)
        }
        return named.filter { entry in
            if let found = NameRule.complaint(about: entry.key) {
                problems.report(entry.keyPosition, NameRule.sentence, found: found, remedy: "rename the \(noun)")
                return false
            }
            let identity = "\(noun) \(SourceNode.quoted(entry.key))"
            if let first = places[identity] {
                problems.report(
                    entry.keyPosition, "\(identity) is defined twice",
                    found: "first given in \(first.file.name):\(first.line)", remedy: "rename one of them")
                return false
            }
            places[identity] = entry.keyPosition
            return true
        }
    }

    private mutating func items(_ key: String, _ reader: inout MappingReader) -> [SourceNode] {
        guard let node = section(key, &reader) else { return [] }
        let items = values.list(node, of: key, example: "\"- { name: …, address: … }\" lines")
        namesTargets = namesTargets || items?.isEmpty != true
        return items ?? []
    }
}
