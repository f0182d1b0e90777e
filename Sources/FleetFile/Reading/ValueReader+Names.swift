import FleetModel

/// Names and addresses, which targets of a fleet and servers of a Control Server have alike.
extension ValueReader {
    /// The value of a key "name".
    func name(_ node: SourceNode) -> String? {
        guard case .scalar(let text, _) = node.content, !text.isEmpty else { return text(node, of: "name") }
        if let found = NameRule.complaint(about: text) {
            problems.report(node.position, NameRule.sentence, found: found, remedy: "rename it")
            return nil
        }
        return FleetName.normalized(text)
    }

    /// The value of a key "address".
    func address(_ node: SourceNode) -> String? {
        guard let text = text(node, of: "address") else { return nil }
        if let complaint = AddressRule.complaint(about: text) {
            problems.report(node.position, complaint.what, found: node.found, remedy: complaint.remedy)
            return nil
        }
        return text
    }

    /// Each name may be given once over all of these.
    func reportDuplicateNames(of nodes: [SourceNode]) {
        var places: [String: SourcePosition] = [:]
        for node in nodes {
            guard case .map(let entries) = node.content, let entry = entries.first(where: { $0.key == "name" }),
                case .scalar(let name, _) = entry.value.content
            else { continue }
            let position = entry.value.position
            if let first = places[name] {
                problems.report(
                    position, "the name \(SourceNode.quoted(name)) is taken",
                    found: "first given in \(first.file.name):\(first.line)", remedy: "rename one of them")
            } else {
                places[name] = position
            }
        }
    }
}
