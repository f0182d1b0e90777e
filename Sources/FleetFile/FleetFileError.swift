/// A fleet file that cannot be used, with the problems that were found in it.
public struct FleetFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one, at most 500; in the order of the files, then of the lines.
    public let problems: [FleetProblem]
    /// How many there are beyond these.
    public let unsaid: Int

    public init(problems: [FleetProblem], unsaid: Int = 0) {
        self.problems = problems
        self.unsaid = unsaid
    }

    /// How many there are in all.
    public var count: Int { problems.count + unsaid }

    /// One problem a line.
    public var description: String {
        let lines = problems.map(\.description).joined(separator: "\n")
        return unsaid == 0 ? lines : lines + "\nand \(unsaid) more problems: fix these first"
    }
}
