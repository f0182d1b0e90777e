/// Gathers what is wrong over all files of a fleet, so that everything is said at once.
///
/// A class, because the readers of one load share it; it never leaves that load.
final class ProblemCollector {
    /// More would not be read by anybody; the rest is counted.
    static let limit = 500

    private(set) var problems: [FleetProblem] = []
    private(set) var warnings: [FleetProblem] = []
    /// The same inherited value is read once for each target that inherits it, and is wrong only once.
    private var seen: Set<FleetProblem> = []
    private var fileOrder: [String: Int] = [:]
    private var unsaid = 0

    func report(_ position: SourcePosition, _ what: String, found: String = "", remedy: String) {
        let problem = make(position, what, found, remedy)
        guard seen.insert(problem).inserted else { return }
        if problems.count < Self.limit { problems.append(problem) } else { unsaid += 1 }
    }

    func warn(_ position: SourcePosition, _ what: String, found: String = "", remedy: String) {
        let problem = make(position, what, found, remedy)
        guard warnings.count < Self.limit, seen.insert(problem).inserted else { return }
        warnings.append(problem)
    }

    /// Remembers in which order files were opened: problems are sorted by it.
    func fileOpened(_ file: SourceFile) {
        if fileOrder[file.name] == nil { fileOrder[file.name] = fileOrder.count }
    }

    var sortedProblems: [FleetProblem] {
        var result = sorted(problems)
        if unsaid > 0, let last = result.last {
            result.append(
                FleetProblem(
                    file: last.file, line: last.line, column: last.column,
                    what: "there are \(unsaid) more problems", found: "", remedy: "mend these first"))
        }
        return result
    }

    var sortedWarnings: [FleetProblem] { sorted(warnings) }

    private func sorted(_ list: [FleetProblem]) -> [FleetProblem] {
        let unknown = fileOrder.count
        return list.sorted { left, right in
            (fileOrder[left.file] ?? unknown, left.line, left.column, left.what)
                < (fileOrder[right.file] ?? unknown, right.line, right.column, right.what)
        }
    }

    private func make(
        _ position: SourcePosition, _ what: String, _ found: String, _ remedy: String
    ) -> FleetProblem {
        FleetProblem(
            file: position.file.name, line: position.line, column: position.column, what: what, found: found,
            remedy: remedy)
    }
}
