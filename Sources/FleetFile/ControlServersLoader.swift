/// Reads a file with the RMBT servers of a Control Server: `version: 1` and a list `servers`.
public struct ControlServersLoader: Sendable {
    private let hasCommonKeys: Bool

    /// - Parameter hasCommonKeys: whether servers that name no `token_key_file` have one from elsewhere.
    public init(hasCommonKeys: Bool) {
        self.hasCommonKeys = hasCommonKeys
    }

    /// Reads the file and checks the key files that it names.
    ///
    /// - Parameter path: relative to the working directory.
    /// - Returns: at least one server, with names of their own.
    /// - Throws: every problem that keeps the file from being used.
    public func load(path: String) throws(FleetFileError) -> [ControlServerEntry] {
        let problems = ProblemCollector()
        var tree = SourceTree(problems: problems, noun: "servers file")
        tree.readMain(path: path)
        let reader = ControlServersReader(problems: problems, hasCommonKeys: hasCommonKeys)
        let entries = tree.roots.flatMap { reader.read($0) }
        guard problems.problems.isEmpty else { throw problems.error }
        return entries
    }
}
