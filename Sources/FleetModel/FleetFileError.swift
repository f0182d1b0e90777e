/// A fleet file that cannot be used, with every problem that was found in it.
public struct FleetFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one; in the order of the files, then of the lines.
    public let problems: [FleetProblem]

    public init(problems: [FleetProblem]) {
        self.problems = problems
    }

    /// One problem a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
