/// Reads the file that ``ControlServersLoader`` was given.
struct ControlServersReader {
    let values: ValueReader
    let hasCommonKeys: Bool

    init(problems: ProblemCollector, hasCommonKeys: Bool) {
        values = ValueReader(problems: problems)
        self.hasCommonKeys = hasCommonKeys
    }

    private var problems: ProblemCollector { values.problems }

    func read(_ root: SourceTree.Root) -> [ControlServerEntry] {
        guard var reader = MappingReader(root.node, place: "a servers file", values: values) else { return [] }
        _ = reader.rawEntry("include")
        if reader.integer("version", in: 1...1, example: 1) == nil, root.file.depth == 0, !reader.has("version") {
            reader.reportMissing("version", remedy: "begin with \"version: 1\"")
        }
        let common = keyFile(&reader)
        let nodes = reader.entry("servers").flatMap {
            values.list($0.value, of: "servers", example: "\"- { name: …, address: … }\" lines")
        }
        if root.file.depth == 0, nodes?.isEmpty ?? !reader.has("servers") {
            reader.reportMissing("servers", remedy: "list at least one with its name and address")
        }
        reader.finish()
        let entries = (nodes ?? []).compactMap { read($0, commonKeyFile: common) }
        values.reportDuplicateNames(of: nodes ?? [])
        return entries
    }

    private func read(_ node: SourceNode, commonKeyFile: String?) -> ControlServerEntry? {
        guard var reader = MappingReader(node, place: "a server", values: values) else { return nil }
        let name = name(&reader)
        let address = address(&reader)
        let port = reader.integer("port", in: 1...65_535, example: 443)
        let tls = reader.truth("tls")
        let kind = reader.choice("type", of: ControlServerEntry.Kind.self)
        let maxTests = reader.integer("max_tests", in: ControlServerEntry.testCounts, example: 10)
        let keys = keyFile(&reader) ?? commonKeyFile
        if keys == nil, !hasCommonKeys, !reader.has("token_key_file") {
            reader.reportMissing(
                "token_key_file",
                remedy: "name the file with the key that the server has, here or with --token-key-file")
        }
        reader.finish()
        guard let name, let address else { return nil }
        return ControlServerEntry(
            name: name, address: address, port: port ?? 443, tls: tls, kind: kind ?? .automatic, tokenKeyFile: keys,
            maxTests: maxTests)
    }

    private func name(_ reader: inout MappingReader) -> String? {
        guard let entry = reader.entry("name") else {
            if !reader.has("name") { reader.reportMissing("name", remedy: "write name: vienna, for example") }
            return nil
        }
        return values.name(entry.value)
    }

    private func address(_ reader: inout MappingReader) -> String? {
        guard let entry = reader.entry("address") else {
            if !reader.has("address") {
                reader.reportMissing("address", remedy: "write address: rmbt.example.net, for example")
            }
            return nil
        }
        return values.address(entry.value)
    }

    private func keyFile(_ reader: inout MappingReader) -> String? {
        guard let entry = reader.entry("token_key_file"), let path = values.path(entry.value, of: "token_key_file")
        else { return nil }
        SecretFileCheck(problems: problems).checkTokenKeys(path, at: entry.value.position)
        return path
    }
}
