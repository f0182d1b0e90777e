/// One thing that is wrong, or doubtful, in a fleet file.
public struct FleetProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named on the command line or by an `include`.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// What is wrong.
    public let what: String
    /// What stands there instead; empty where `what` says it already.
    public let found: String
    /// What to do about it.
    public let remedy: String

    public init(file: String, line: Int, column: Int, what: String, found: String, remedy: String) {
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.found = found
        self.remedy = remedy
    }

    /// `file:line:column: what, found, remedy`, as editors and compilers' readers know it.
    public var description: String {
        "\(file):\(line):\(column): " + [what, found, remedy].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
