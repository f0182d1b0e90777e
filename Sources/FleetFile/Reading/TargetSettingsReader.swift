import Files
import FleetModel

/// Reads ``TargetSettings`` and checks what they refer to.
struct TargetSettingsReader {
    let values: ValueReader
    let schedules: ScheduleReader
    let credentials: DefinedNames
    let probes: DefinedNames
    let checkingSecrets: Bool

    /// Every target has those of its group and of the defaults as well.
    private static let mostTags = 100

    func read(_ reader: inout MappingReader, for scope: TargetSettingsScope) -> TargetSettings {
        var settings = TargetSettings()
        settings.probes = reader.entry("probes").flatMap { readProbes($0.value) }
        settings.hasProbesMistake = settings.probes == nil && reader.has("probes")
        if let schedule = reader.entry("schedule") {
            settings.hasSchedule = true
            settings.schedule = schedules.read(schedule.value, mayBePartial: scope == .both)
        }
        settings.plan = reader.entry("plan").flatMap { readPlan($0.value) }
        settings.tags = reader.entry("tags").map { readTags($0.value) } ?? [:]
        settings.isEnabled = reader.truth("enabled") ?? true
        settings.priority = reader.integer("priority", in: -1000...1000, example: 10) ?? 0
        settings.retries = reader.integer("retries", in: 0...10, example: 2) ?? 2
        settings.port = reader.integer("port", in: 1...65535, example: 2000)
        if scope.includesRouters {
            settings.credential = reader.entry("credential").flatMap {
                readReference($0.value, "credential", credentials)
            }
            settings.requiredAuthentication = reader.entry("require_auth").flatMap {
                values.choice($0.value, of: "require_auth", among: [AuthenticationMethod.none, .md5, .ecSRP5])
            }
        }
        if scope.includesServers {
            readServerSettings(&reader, into: &settings)
        }
        return settings
    }

    private func readServerSettings(_ reader: inout MappingReader, into settings: inout TargetSettings) {
        settings.tls = reader.truth("tls") ?? true
        settings.authorityFile = reader.path("ca_file")
        settings.acceptsAnyCertificate = reader.truth("insecure") ?? false
        settings.transport = reader.choice("transport", of: RMBTTarget.Transport.self) ?? .classic
        settings.tokenKeyFile = reader.path("token_key_file")
        if settings.acceptsAnyCertificate, let entry = reader.rawEntry("ca_file") {
            values.problems.report(
                entry.keyPosition, "\"insecure: true\" accepts any certificate and leaves \"ca_file\" without effect",
                remedy: "remove one of them")
        }
        guard checkingSecrets else { return }
        if let path = settings.tokenKeyFile, let entry = reader.rawEntry("token_key_file") {
            SecretFileCheck(problems: values.problems).checkTokenKeys(path, at: entry.value.position)
        }
        if let path = settings.authorityFile, let entry = reader.rawEntry("ca_file"), FileStatus(path: path) == nil {
            values.problems.report(
                entry.value.position, "\"ca_file\" is not there",
                found: "found " + SourceNode.quoted(path, limit: 4096),
                remedy: "put the PEM file there or fix the path")
        }
    }

    private func readReference(_ node: SourceNode, _ key: String, _ defined: DefinedNames) -> String? {
        guard let name = values.text(node, of: key) else { return nil }
        guard defined.contains(name) else {
            values.problems.report(
                node.position, "\(key) \(SourceNode.quoted(name)) is not defined", remedy: defined.remedy(for: name))
            return nil
        }
        return FleetName.normalized(name)
    }

    private func readProbes(_ node: SourceNode) -> [(name: String, position: SourcePosition)]? {
        guard let items = values.list(node, of: "probes", example: "[tcp, ping]") else { return nil }
        var result: [(name: String, position: SourcePosition)] = []
        var listed: Set<String> = []
        for item in items {
            guard let name = readReference(item, "probe", probes) else { continue }
            if !listed.insert(name).inserted {
                values.problems.report(
                    item.position, "probe \(SourceNode.quoted(name)) is listed twice", remedy: "list it once")
            } else {
                result.append((name, item.position))
            }
        }
        // An empty list is a problem of the target that ends up with it; a list of mistakes has been reported already.
        return items.isEmpty ? [] : result.isEmpty ? nil : result
    }

    private func readPlan(_ node: SourceNode) -> Target.Plan? {
        guard var reader = MappingReader(node, place: "a plan", values: values) else { return nil }
        let plan = Target.Plan(down: reader.rate("down"), up: reader.rate("up"))
        reader.finish()
        if !reader.has("down"), !reader.has("up") {
            reader.reportMissing("down", remedy: "write { down: 100M, up: 20M }, for example")
        }
        return plan
    }

    private func readTags(_ node: SourceNode) -> [String: String] {
        guard case .map(let entries) = node.content else {
            values.problems.report(
                node.position, "\"tags\" must be a map", found: node.found, remedy: "write { site: north }, for example"
            )
            return [:]
        }
        guard entries.count <= Self.mostTags else {
            values.problems.report(
                node.position, "a target has at most \(Self.mostTags) tags", found: "found \(entries.count)",
                remedy: "keep those that reports are made by")
            return [:]
        }
        var tags: [String: String] = [:]
        for entry in entries {
            if let found = NameRule.complaint(about: entry.key)
                ?? (entry.key.utf8.contains(UInt8(ascii: "="))
                    ? "found \"=\" in " + SourceNode.quoted(entry.key) : nil)
            {
                values.problems.report(
                    entry.keyPosition, "the name of a tag is a name without \"=\": " + NameRule.sentence, found: found,
                    remedy: "rename the tag")
                continue
            }
            guard let text = values.text(entry.value, of: entry.key) else { continue }
            guard text.count <= 128 else {
                values.problems.report(
                    entry.value.position, "a tag's value has at most 128 letters", found: "found \(text.count)",
                    remedy: "shorten it")
                continue
            }
            if let hidden = text.unicodeScalars.first(where: NameRule.isHidden) {
                values.problems.report(
                    entry.value.position, "a tag's value is printable text",
                    found: "found \(UnicodeWords.name(of: hidden)) in " + SourceNode.quoted(text), remedy: "retype it")
                continue
            }
            tags[FleetName.normalized(entry.key)] = FleetName.normalized(text)
        }
        return tags
    }
}
