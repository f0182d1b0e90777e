import FleetModel

/// Reads one map of a fleet file key by key, and at the end knows which keys nobody asked for.
///
/// Every method answers nil for an absent key and for a wrong value, whose problem it then reports.
struct MappingReader {
    /// What the map describes, with its article: `a router`.
    let place: String
    let position: SourcePosition
    let values: ValueReader
    private let entries: [SourceEntry]
    private var known: [String] = []

    /// - Parameter isSecret: a text that stands there instead may be a password and is not shown.
    /// - Returns: nil, and a problem, for anything else than a map.
    init?(_ node: SourceNode, place: String, values: ValueReader, isSecret: Bool = false) {
        guard case .map(let entries) = node.content else {
            values.problems.report(
                node.position, "\(place) must be a map", found: isSecret ? "" : node.found,
                remedy: "write \"key: value\" lines")
            return nil
        }
        self.init(entries: entries, at: node.position, place: place, values: values)
    }

    init(entries: [SourceEntry], at position: SourcePosition, place: String, values: ValueReader) {
        self.entries = entries
        self.position = position
        self.place = place
        self.values = values
    }

    private var problems: ProblemCollector { values.problems }

    /// Whether the key stands there, with or without a value.
    func has(_ key: String) -> Bool {
        entries.contains { $0.key == key }
    }

    /// The key's entry as it is.
    mutating func rawEntry(_ key: String) -> SourceEntry? {
        known.append(key)
        return entries.first { $0.key == key }
    }

    /// The key's entry; a key without a value is a problem.
    mutating func entry(_ key: String) -> SourceEntry? {
        guard let entry = rawEntry(key) else { return nil }
        if case .nothing = entry.value.content {
            problems.report(
                entry.keyPosition, "\"\(key)\" has no value", remedy: "give it one or remove the key")
            return nil
        }
        return entry
    }

    /// Says that a key is missing, at the place of the map.
    func reportMissing(_ key: String, remedy: String) {
        problems.report(position, "\(place) needs \"\(key)\"", remedy: remedy)
    }

    mutating func text(_ key: String) -> String? {
        entry(key).flatMap { values.text($0.value, of: key) }
    }

    mutating func truth(_ key: String) -> Bool? {
        entry(key).flatMap { values.truth($0.value, of: key) }
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>, example: Int) -> Int? {
        entry(key).flatMap { values.integer($0.value, of: key, in: range, example: example) }
    }

    mutating func duration(_ key: String, in range: ClosedRange<Duration>, example: String) -> Duration? {
        entry(key).flatMap { values.duration($0.value, of: key, in: range, example: example) }
    }

    mutating func rate(_ key: String) -> BitRate? {
        entry(key).flatMap { values.rate($0.value, of: key) }
    }

    /// An absolute path; a relative one is relative to the file that names it.
    mutating func path(_ key: String) -> String? {
        entry(key).flatMap { values.path($0.value, of: key) }
    }

    mutating func choice<Choice: CaseIterable & RawRepresentable>(_ key: String, of type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        entry(key).flatMap { values.choice($0.value, of: key, among: Array(type.allCases)) }
    }

    /// Reports the keys that were never asked for.
    func finish() {
        let asked = Set(known)
        for entry in entries where !asked.contains(entry.key) {
            if let sentence = NotYetSupported.sentence(for: entry.key) {
                problems.report(entry.keyPosition, sentence, remedy: "")
                continue
            }
            problems.report(
                entry.keyPosition, "unknown key in \(place)", found: "found " + SourceNode.quoted(entry.key),
                remedy: Spelling.suggestion(for: entry.key, among: known).map { "did you mean \"\($0)\"?" }
                    ?? "remove it; known here: \(known.joined(separator: ", "))")
        }
    }
}
