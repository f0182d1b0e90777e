/// Gathers what is wrong over all files of a fleet, so that everything is said at once.
///
/// A class, because the readers of one load share it; it never leaves that load.
final class ProblemCollector {
    /// More would not be read by anybody; the rest is counted.
    static let limit = 500

    private(set) var problems: [FleetProblem] = []
    private(set) var warnings: [FleetProblem] = []
    private(set) var recommendations: [FleetProblem] = []
    /// The same inherited value is read once for each target that inherits it, and is wrong only once.
    private var seen: Set<FleetProblem> = []
    private var fileOrder: [String: Int] = [:]
    /// Problems beyond ``limit``. Those that several targets inherit count for each.
    private(set) var unsaid = 0

    /// - Parameters:
    ///   - found: not asked for beyond ``limit``, as the remedy, which may cost a search.
    func report(
        _ position: SourcePosition, _ what: @autoclosure () -> String, found: @autoclosure () -> String = "",
        remedy: @autoclosure () -> String
    ) {
        guard problems.count < Self.limit else {
            unsaid += 1
            return
        }
        let problem = make(position, what(), found(), remedy())
        guard seen.insert(problem).inserted else { return }
        problems.append(problem)
    }

    func warn(_ position: SourcePosition, _ what: String, found: String = "", remedy: String) {
        guard warnings.count < Self.limit else { return }
        let problem = make(position, what, found, remedy)
        if seen.insert(problem).inserted { warnings.append(problem) }
    }

    /// What is right, and could be better.
    func recommend(_ position: SourcePosition, _ what: String, remedy: String) {
        guard recommendations.count < Self.limit else { return }
        let problem = make(position, what, "", remedy)
        if seen.insert(problem).inserted { recommendations.append(problem) }
    }

    /// Remembers in which order files were opened: problems are sorted by it.
    func fileOpened(_ file: SourceFile) {
        if fileOrder[file.name] == nil { fileOrder[file.name] = fileOrder.count }
    }

    /// The problems as an error that says all of them, or the first ones and how many more there are.
    var error: FleetFileError { FleetFileError(problems: sorted(problems), unsaid: unsaid) }

    var sortedWarnings: [FleetProblem] { sorted(warnings) }
    var sortedRecommendations: [FleetProblem] { sorted(recommendations) }

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
