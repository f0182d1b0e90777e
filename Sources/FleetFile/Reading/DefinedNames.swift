/// The names that one section of the fleet defines, for references to them.
struct DefinedNames {
    /// What one of them is, in singular and plural.
    let noun: String
    let plural: String
    private let names: Set<String>
    private static let mostCompared = 1000

    init(_ noun: String, _ plural: String, _ names: some Sequence<String>) {
        self.noun = noun
        self.plural = plural
        self.names = Set(names)
    }

    func contains(_ name: String) -> Bool {
        names.contains(name)
    }

    /// What to do about a reference to a name that is not defined.
    func remedy(for name: String) -> String {
        // To compare with every name of a large fleet, for each of many mistakes, would take minutes.
        if names.count <= Self.mostCompared, let meant = Spelling.suggestion(for: name, among: names.sorted()) {
            return "did you mean \"\(meant)\"?"
        }
        return "define it under \"\(plural)\""
    }
}
