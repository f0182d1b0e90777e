import FleetModel
import Foundation

/// Reads one entry of `routers:` or `servers:`, with what it inherits from its group and from the defaults.
struct TargetReader {
    let values: ValueReader
    let settings: TargetSettingsReader
    let probes: [String: ProbeReader.Placed]
    let defaults: [SourceEntry]
    let groups: [String: [SourceEntry]]
    let groupNames: DefinedNames

    private var problems: ProblemCollector { values.problems }

    func readRouter(_ node: SourceNode) -> Target? {
        // A server listens elsewhere, so the default port is that of routers; a group's port holds for all its members.
        guard var reader = merged(node, place: "a router", inheriting: TargetSettings.ofRouters) else { return nil }
        let name = readName(&reader)
        let group = reader.text("group").map(FleetName.normalized)
        let address = readAddress(&reader)
        if !reader.has("address") { reader.reportMissing("address", remedy: "write address: 192.0.2.10, for example") }
        let settings = settings.read(&reader, for: .routers)
        reader.finish()
        guard let name, let address else { return nil }
        let router = Router(
            address: address, port: settings.port ?? 2000, credential: settings.credential,
            requiredAuthentication: settings.requiredAuthentication)
        return make(name, .router(router), group, settings)
    }

    func readServer(_ node: SourceNode) -> Target? {
        guard var reader = merged(node, place: "a server", inheriting: TargetSettings.ofServers) else { return nil }
        let name = readName(&reader)
        let group = reader.text("group").map(FleetName.normalized)
        let address = readAddress(&reader)
        let control = reader.entry("control").flatMap { readControl($0.value) }
        let settings = settings.read(&reader, for: .servers)
        reader.finish()
        switch (reader.has("address"), reader.has("control")) {
        case (true, true):
            problems.report(
                node.position, "a server takes \"address\" or \"control\"", found: "found both",
                remedy: "keep \"address\" for a server of your own")
            return nil
        case (false, false):
            reader.reportMissing("address", remedy: "write address: rmbt.example.net, for example, or control: URL")
            return nil
        default: break
        }
        if reader.has("control") {
            reportWithoutEffect(node)
        }
        guard let name else { return nil }
        if let control {
            let access = RMBTTarget.Control(
                url: control, authorityFile: settings.authorityFile,
                acceptsAnyCertificate: settings.acceptsAnyCertificate)
            return make(name, .server(RMBTTarget(access: .control(access))), group, settings)
        }
        guard let address else { return nil }
        let direct = RMBTTarget.Direct(
            address: address, port: settings.port ?? 443, tls: settings.tls, authorityFile: settings.authorityFile,
            acceptsAnyCertificate: settings.acceptsAnyCertificate, transport: settings.transport,
            tokenKeyFile: settings.tokenKeyFile)
        return make(name, .server(RMBTTarget(access: .direct(direct))), group, settings)
    }

    // MARK: Inheritance

    private func merged(_ node: SourceNode, place: String, inheriting keys: [String]) -> MappingReader? {
        guard case .map(let own) = node.content else {
            return MappingReader(node, place: place, values: values)
        }
        var inherited = defaults.filter { keys.contains($0.key) && ($0.key != "port" || place == "a router") }
        if let entry = own.first(where: { $0.key == "group" }), let name = values.text(entry.value, of: "group") {
            if let group = groups[name] {
                inherited = Inheritance.overlay(inherited, with: group.filter { keys.contains($0.key) })
            } else if !groupNames.contains(name) {
                problems.report(
                    entry.value.position, "group \(SourceNode.quoted(name)) is not defined",
                    remedy: groupNames.remedy(for: name))
            }
        }
        return MappingReader(
            entries: Inheritance.overlay(inherited, with: own), at: node.position, place: place, values: values)
    }

    // MARK: Single keys

    private func readName(_ reader: inout MappingReader) -> (text: String, position: SourcePosition)? {
        guard let entry = reader.entry("name") else {
            if !reader.has("name") { reader.reportMissing("name", remedy: "write name: ap-north, for example") }
            return nil
        }
        return values.name(entry.value).map { ($0, entry.value.position) }
    }

    private func readAddress(_ reader: inout MappingReader) -> String? {
        reader.entry("address").flatMap { values.address($0.value) }
    }

    private func readControl(_ node: SourceNode) -> String? {
        guard let text = values.text(node, of: "control") else { return nil }
        guard let parts = URLComponents(string: text), parts.scheme == "https" || parts.scheme == "http",
            let host = parts.host, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            AddressRule.complaint(about: host.trimmingCharacters(in: ["[", "]"])) == nil, !host.isEmpty,
            (1...65_535).contains(parts.port ?? 443), parts.user == nil, parts.query == nil, parts.fragment == nil
        else {
            problems.report(
                node.position, "\"control\" must be the base address of a Control Server", found: node.found,
                remedy: "write https://control.example.net, for example")
            return nil
        }
        return text
    }

    private func reportWithoutEffect(_ node: SourceNode) {
        guard case .map(let own) = node.content else { return }
        for entry in own
        where ["port", "tls", "transport", "token_key_file"].contains(entry.key) {
            problems.report(
                entry.keyPosition, "\"\(entry.key)\" has no effect with \"control\"",
                remedy: "remove it; the Control Server names the server and how to reach it")
        }
    }

    // MARK: The whole

    private func make(
        _ name: (text: String, position: SourcePosition), _ system: Target.System, _ group: String?,
        _ settings: TargetSettings
    ) -> Target {
        let assignments = (settings.probes ?? []).compactMap { reference -> ProbeAssignment? in
            guard let probe = probes[reference.name] else { return nil }
            let schedule = probe.schedule ?? settings.schedule
            TargetChecks(problems: problems).check(probe.spec, on: system, named: name)
            for placed in schedule { TargetChecks(problems: problems).check(placed, fits: probe.spec) }
            if let plan = settings.plan {
                TargetChecks(problems: problems).check(probe.spec, canShow: plan, of: name)
            }
            return ProbeAssignment(probe: probe.spec, schedule: schedule.map(\.entry))
        }
        if settings.probes?.isEmpty == true || (settings.probes == nil && !settings.hasProbesMistake) {
            problems.report(
                name.position, "\(SourceNode.quoted(name.text)) has no probes",
                remedy: "give it, its group or the defaults \"probes\"")
        } else if !settings.hasSchedule, !assignments.isEmpty, assignments.allSatisfy(\.schedule.isEmpty) {
            problems.warn(
                name.position, "\(SourceNode.quoted(name.text)) has no schedule, only `probe now` tests it",
                remedy: "give it a \"schedule\", an empty list if this is meant")
        }
        return Target(
            name: name.text, system: system, group: group, tags: settings.tags, plan: settings.plan,
            isEnabled: settings.isEnabled, priority: settings.priority, retries: settings.retries,
            assignments: assignments)
    }
}
