import Foundation
import Yams

/// Reads one YAML file into a ``SourceNode``, within a budget.
///
/// Yams parses; everything that could grow without bound, or that Yams would settle silently, is decided here: aliases
/// are expanded against a count of values, `<<` merges are applied, duplicate keys and tags are problems.
struct YAMLReader {
    /// 4 MiB hold 20,000 routers.
    static let largestFile = 4 << 20
    /// Values over all files of a fleet, aliases expanded.
    static let mostValues = 1_000_000
    /// Maps and lists inside one another; a fleet file needs seven.
    static let deepestNesting = 32
    private static let mostFalseBlanks = 50
    /// The longest text of a value or key, in bytes.
    static let longestText = 4096
    private static let mostDuplicateKeys = 50
    /// How much text is parsed again, over all files, to find what is wrong behind a duplicate key.
    private static let mostParsedAgain = 1 << 20

    let problems: ProblemCollector
    private var valuesLeft = mostValues
    private var parsedAgain = 0

    init(problems: ProblemCollector) {
        self.problems = problems
    }

    /// Reads the text of a file.
    ///
    /// - Returns: nil for a file that could not be read as YAML, after its problem was reported, and for an empty one.
    mutating func read(_ text: String, of file: SourceFile) -> SourceNode? {
        let top = SourcePosition(file: file, line: 1, column: 1)
        guard !AliasKeys.areRisky(in: text) else {
            problems.report(
                top, "keys that are lists, maps or aliases cannot be combined with many aliases",
                remedy: "use aliases for values only")
            return nil
        }
        let blanks = IndentationCheck.findings(in: text, limit: Self.mostFalseBlanks)
        guard blanks.isEmpty else {
            for blank in blanks {
                problems.report(
                    SourcePosition(file: file, line: blank.line, column: blank.column),
                    "the indentation holds a character that only looks like a space",
                    found: "found \(UnicodeWords.name(of: blank.scalar))", remedy: "type spaces")
            }
            return nil
        }
        // Yams stops at the first map with a duplicate key. Each duplicate gets a mark, so that parsing can go on and
        // the rest of the file is checked as well.
        var marks = DuplicateKeyMarks(text: text)
        while true {
            do {
                let parser = try Parser(yaml: marks.text, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { return nil }
                return convert(root, file: file, marks: marks, depth: 0)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                parsedAgain += text.utf8.count
                guard marks.count < Self.mostDuplicateKeys, parsedAgain <= Self.mostParsedAgain,
                    marks.mark(line: context.mark.line, column: context.mark.column)
                else {
                    let others = keys.count > 1 ? " and \(keys.count - 1) more" : ""
                    problems.report(
                        SourcePosition(file: file, line: context.mark.line, column: context.mark.column),
                        "duplicate key", found: "found " + SourceNode.quoted(marks.restored(keys.first ?? "")) + others,
                        remedy: "keep one of them; the rest of the file was not checked")
                    return nil
                }
            } catch {
                let complaint = YAMLComplaint(error, in: text)
                problems.report(
                    SourcePosition(file: file, line: complaint.line, column: complaint.column), complaint.what,
                    found: complaint.found, remedy: complaint.remedy)
                return nil
            }
        }
    }

    /// - Returns: nil where the budget ran out; the problem is reported then.
    private mutating func convert(
        _ node: Node, file: SourceFile, marks: DuplicateKeyMarks, depth: Int
    ) -> SourceNode? {
        let position = SourcePosition(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        guard valuesLeft > 0 else {
            problems.report(
                SourcePosition(file: file, line: 1, column: 1),
                "the fleet has more than \(Self.mostValues) values, those that aliases repeat counted each time",
                remedy: "use fewer aliases of maps that hold aliases")
            return nil
        }
        valuesLeft -= 1
        guard depth < Self.deepestNesting else {
            problems.report(
                position, "lists and maps are nested more than \(Self.deepestNesting) deep",
                remedy: "a fleet file needs seven levels at most")
            return nil
        }
        switch node {
        case .scalar(let scalar):
            checkTag(node.tag.rawValue, "str", position)
            guard scalar.string.utf8.count <= Self.longestText else {
                problems.report(
                    position, "a value has at most \(Self.longestText) bytes",
                    found: "found \(scalar.string.utf8.count)",
                    remedy: "shorten it")
                return SourceNode(position: position, content: .nothing)
            }
            let isPlain = scalar.style == .plain
            let isNothing = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return SourceNode(
                position: position, content: isNothing ? .nothing : .scalar(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            checkTag(node.tag.rawValue, "seq", position)
            var items: [SourceNode] = []
            for item in sequence {
                guard let converted = convert(item, file: file, marks: marks, depth: depth + 1) else { return nil }
                items.append(converted)
            }
            return SourceNode(position: position, content: .list(items))
        case .mapping(let mapping):
            checkTag(node.tag.rawValue, "map", position)
            guard let entries = convertEntries(mapping, file: file, marks: marks, depth: depth) else { return nil }
            return SourceNode(position: position, content: .map(entries))
        case .alias:
            // The parser puts the aliased value in the alias's place; this case is for trees that are made by hand.
            return SourceNode(position: position, content: .nothing)
        }
    }

    private mutating func convertEntries(
        _ mapping: Node.Mapping, file: SourceFile, marks: DuplicateKeyMarks, depth: Int
    ) -> [SourceEntry]? {
        var entries: [SourceEntry] = []
        var lines: [String: Int] = [:]
        var merged: [SourceNode] = []
        for (keyNode, valueNode) in mapping {
            let position = SourcePosition(
                file: file, line: keyNode.mark?.line ?? 1, column: keyNode.mark?.column ?? 1)
            guard case .scalar(let keyScalar) = keyNode else {
                problems.report(
                    position, "a key must be plain text", found: "found a list or map", remedy: "write one word")
                continue
            }
            guard let value = convert(valueNode, file: file, marks: marks, depth: depth + 1) else { return nil }
            guard keyScalar.string.utf8.count <= Self.longestText else {
                problems.report(
                    position, "a key has at most \(Self.longestText) bytes",
                    found: "found \(keyScalar.string.utf8.count)", remedy: "shorten it")
                continue
            }
            let key = marks.restored(keyScalar.string)
            if key == "<<", keyScalar.style == .plain {
                merged.append(value)
                continue
            }
            if let line = lines[key] {
                problems.report(
                    position, "duplicate key \(SourceNode.quoted(key))", found: "first given on line \(line)",
                    remedy: "keep one of them")
                continue
            }
            lines[key] = position.line
            entries.append(SourceEntry(key: key, keyPosition: position, value: value))
        }
        for source in merged { merge(source, into: &entries, known: &lines) }
        return entries
    }

    /// `<<: *base` and `<<: [*nearer, *farther]`: keys that the map has itself stay as they are.
    private func merge(_ source: SourceNode, into entries: inout [SourceEntry], known: inout [String: Int]) {
        switch source.content {
        case .map(let others):
            for entry in others where known[entry.key] == nil {
                known[entry.key] = entry.keyPosition.line
                entries.append(entry)
            }
        case .list(let sources):
            for source in sources {
                if case .list = source.content {
                    problems.report(
                        source.position, "\"<<\" takes a map or a list of maps", found: source.found,
                        remedy: "write \"<<: *name\"")
                } else {
                    merge(source, into: &entries, known: &known)
                }
            }
        case .scalar, .nothing:
            problems.report(
                source.position, "\"<<\" takes a map or a list of maps", found: source.found,
                remedy: "write \"<<: *name\"")
        }
    }

    private func checkTag(_ tag: String, _ expected: String, _ position: SourcePosition) {
        guard tag != "tag:yaml.org,2002:" + expected else { return }
        problems.report(
            position, "YAML tags are not supported", found: "found " + SourceNode.quoted(tag), remedy: "remove the tag")
    }
}
