import SQLiteFiles

/// Why the store could not do what was asked, each as one sentence for people.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the file.
    case file(SQLiteProblem, path: String)
    /// Another agent holds the store; its process id where its lock file tells.
    case agentRunning(path: String, process: Int32?)
    /// The lock file beside the store belongs to another user and cannot be opened.
    case lockNotPermitted(path: String, owner: String)

    /// What an error of the database layer comes to.
    init(_ error: any Error, path: String) {
        self = error as? StoreError ?? .file(SQLiteProblem(error), path: path)
    }

    public var description: String {
        switch self {
        case .file(let problem, let path): Self.words.sentence(problem, path: path)
        case .agentRunning(let path, let process):
            "another agent\(process.map { " (process \($0))" } ?? "") runs on the store \(path)"
        case .lockNotPermitted(let path, let owner):
            "the lock file \(path) belongs to \(owner), and this user may not open it; stop what runs as \(owner) and remove it"
        }
    }

    private static let words = SQLiteFileWords(
        noun: "store", content: "the store", option: "--db", updater: "the agent"
    ) { _ in "the first run of the agent or of `probe now`" }
}
