import FleetModel
import Foundation
import Secrets

/// Makes a ``Fleet`` of the files that ``SourceTree`` read.
struct FleetReader {
    let problems: ProblemCollector
    let checkingSecrets: Bool
    private let values: ValueReader
    private let schedules: ScheduleReader

    init(problems: ProblemCollector, checkingSecrets: Bool) {
        self.problems = problems
        self.checkingSecrets = checkingSecrets
        values = ValueReader(problems: problems)
        schedules = ScheduleReader(values: values)
    }

    /// - Returns: the fleet and its credentials by name, which are of use only if no problem was reported; nil without any file.
    func read(_ roots: [SourceTree.Root]) -> (fleet: Fleet, credentials: [String: Credential])? {
        guard let main = roots.first else { return nil }
        var sections = FleetSections(values: values)
        for root in roots { sections.add(root, isMain: root.file.depth == 0) }

        let credentialReader = CredentialReader(values: values, checkingSecrets: checkingSecrets)
        let credentials = sections.credentials.compactMap(credentialReader.read)
        let probeReader = ProbeReader(values: values, schedules: schedules)
        let probes = sections.probes.compactMap(probeReader.read)
        let settings = TargetSettingsReader(
            values: values, schedules: schedules,
            credentials: DefinedNames("credential", "credentials", sections.credentials.map(\.key)),
            probes: DefinedNames("probe", "probes", sections.probes.map(\.key)), checkingSecrets: checkingSecrets)
        let defaults = readBlock(sections.defaults, place: "defaults", with: settings)
        var groups: [String: [SourceEntry]] = [:]
        for group in sections.groups {
            groups[group.key] = readBlock(group.value, place: "a group", with: settings)
        }
        let targetReader = TargetReader(
            values: values, settings: settings,
            probes: Dictionary(probes.map { ($0.spec.name, $0) }, uniquingKeysWith: { first, _ in first }),
            defaults: defaults, groups: groups,
            groupNames: DefinedNames("group", "groups", sections.groups.map(\.key)))
        let routers = sections.routers.compactMap(targetReader.readRouter)
        let servers = sections.servers.compactMap(targetReader.readServer)
        values.reportDuplicateNames(of: sections.routers + sections.servers)
        if !sections.namesTargets {
            problems.report(
                SourcePosition(file: main.file, line: 1, column: 1), "the fleet has no routers and no servers",
                remedy: "add one under \"routers\" or \"servers\"")
        }
        let fleet = Fleet(
            path: main.file.path, storePath: sections.store ?? main.file.resolve("fleetprobe.db"),
            reportsPath: sections.reports ?? main.file.resolve("reports"), timeZone: sections.timeZone,
            seed: sections.seed, concurrentTests: sections.concurrentTests,
            probes: Dictionary(probes.map { ($0.spec.name, $0.spec) }, uniquingKeysWith: { first, _ in first }),
            targets: routers + servers)
        return (fleet, Dictionary(credentials.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// Checks defaults or a group by itself, so that a mistake there is found even if nothing inherits it.
    private func readBlock(_ node: SourceNode?, place: String, with settings: TargetSettingsReader) -> [SourceEntry] {
        guard let node, case .map(let entries) = node.content else {
            if let node { _ = MappingReader(node, place: place, values: values) }
            return []
        }
        var reader = MappingReader(entries: entries, at: node.position, place: place, values: values)
        _ = settings.read(&reader, for: .both)
        reader.finish()
        // A key without a value was reported here; targets need not repeat it.
        // Nor does a target look at keys that no target has.
        return entries.filter { entry in
            if case .nothing = entry.value.content { return false }
            return TargetSettings.all.contains(entry.key)
        }
    }
}
