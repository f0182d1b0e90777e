import FleetModel

/// Reads single values of a fleet file; a wrong one is a problem that says what the key takes.
struct ValueReader {
    let problems: ProblemCollector
    private static let longestText = 4096

    init(problems: ProblemCollector) {
        self.problems = problems
    }

    /// Any scalar as text, on one line.
    func text(_ node: SourceNode, of key: String, secret: Bool = false) -> String? {
        guard case .scalar(let text, _) = node.content else {
            problems.report(node.position, "\"\(key)\" must be text", found: node.found, remedy: "write one value")
            return nil
        }
        guard !text.isEmpty else {
            problems.report(node.position, "\"\(key)\" is empty", remedy: "give it a value or remove the key")
            return nil
        }
        guard text.utf8.count <= Self.longestText, !text.unicodeScalars.contains(where: Self.isControl) else {
            problems.report(
                node.position, "\"\(key)\" must be one line without control characters",
                found: secret ? "" : node.found, remedy: "remove tabs, line ends and the like")
            return nil
        }
        return text
    }

    func truth(_ node: SourceNode, of key: String) -> Bool? {
        guard case .scalar(let text, let isPlain) = node.content else {
            problems.report(
                node.position, "\"\(key)\" must be true or false", found: node.found, remedy: "write true or false")
            return nil
        }
        let meant: Bool? =
            switch text {
            // The core schema of YAML 1.2 (10.3.2), and nothing of YAML 1.1.
            case "true", "True", "TRUE": true
            case "false", "False", "FALSE": false
            default: nil
            }
        if isPlain, let meant { return meant }
        problems.report(
            node.position, "\"\(key)\" must be true or false",
            found: isPlain ? node.found : "found the text \(node.shown)",
            remedy: Self.remedy(forTruth: text, meant))
        return nil
    }

    private static func remedy(forTruth text: String, _ meant: Bool?) -> String {
        if meant != nil { return "remove the quotes" }
        switch text.lowercased() {
        case "yes", "y", "on", "1": return "write true"
        case "no", "n", "off", "0": return "write false"
        default: return "write true or false"
        }
    }

    func integer(_ node: SourceNode, of key: String, in range: ClosedRange<Int>, example: Int) -> Int? {
        let what = "\"\(key)\" must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .scalar(let text, let isPlain) = node.content else {
            problems.report(node.position, what, found: node.found, remedy: "write \(example), for example")
            return nil
        }
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : Substring(text)
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let value = Int(text),
            range.contains(value)
        else {
            problems.report(node.position, what, found: node.found, remedy: "write \(example), for example")
            return nil
        }
        guard isPlain else {
            problems.report(node.position, what, found: "found the text \(node.shown)", remedy: "remove the quotes")
            return nil
        }
        return value
    }

    func duration(
        _ node: SourceNode, of key: String, in range: ClosedRange<Duration>, example: String
    ) -> Duration? {
        if case .scalar(let text, _) = node.content, let value = DurationText.parse(text), range.contains(value) {
            return value
        }
        let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        problems.report(
            node.position, "\"\(key)\" must be a duration from \(bounds)", found: node.found,
            remedy: "write \(example), for example")
        return nil
    }

    func rate(_ node: SourceNode, of key: String) -> BitRate? {
        if case .scalar(let text, _) = node.content, let rate = BitRate(parsing: text),
            (1000...1e13).contains(rate.bitsPerSecond)
        {
            return rate
        }
        problems.report(
            node.position, "\"\(key)\" must be a rate in bit/s from 1K to 10T", found: node.found,
            remedy: "write 100M, for example")
        return nil
    }

    func path(_ node: SourceNode, of key: String) -> String? {
        guard let text = text(node, of: key) else { return nil }
        guard !text.hasPrefix("~") else {
            problems.report(
                node.position, "\"\(key)\" must be a path", found: node.found,
                remedy: "write the home folder out; \"~\" is a shell's abbreviation")
            return nil
        }
        return node.position.file.resolve(text)
    }

    func choice<Choice: RawRepresentable>(
        _ node: SourceNode, of key: String, among choices: [Choice]
    ) -> Choice? where Choice.RawValue == String {
        if case .scalar(let text, _) = node.content, let match = choices.first(where: { $0.rawValue == text }) {
            return match
        }
        let names = choices.map(\.rawValue)
        var remedy = "write \(names.first ?? ""), for example"
        if case .scalar(let text, _) = node.content, let meant = Spelling.suggestion(for: text, among: names) {
            remedy = "did you mean \"\(meant)\"?"
        }
        problems.report(
            node.position, "\"\(key)\" must be one of \(names.joined(separator: ", "))", found: node.found,
            remedy: remedy)
        return nil
    }

    /// The items of a list.
    func list(_ node: SourceNode, of key: String, example: String) -> [SourceNode]? {
        if case .list(let items) = node.content { return items }
        problems.report(
            node.position, "\"\(key)\" must be a list", found: node.found, remedy: "write \(example), for example")
        return nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
