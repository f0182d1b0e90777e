/// Why the store could not do what was asked, each as one sentence for people.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No store is there, and the caller did not want a new one.
    case missing(path: String)
    /// The folder that would hold the file is not there.
    case folderMissing(path: String)
    /// The system denies this user the file or its folder.
    case notPermitted(path: String)
    /// The path names a folder, a device or something else that is no file.
    case notAFile(path: String)
    /// The file is not SQLite's.
    case notADatabase(path: String)
    /// SQLite's file, and another program's.
    case foreign(path: String)
    /// Pages of the file contradict one another.
    case corrupt(path: String, detail: String)
    /// A newer fleetprobe wrote the file.
    case newerSchema(path: String, found: Int, known: Int)
    /// An older fleetprobe wrote the file, and it was opened for reading only.
    case olderSchema(path: String, found: Int, known: Int)
    /// Another process kept the file locked for longer than the busy timeout.
    case busy(path: String)
    /// The file system has no room left.
    case full(path: String)
    /// A setting that the store relies on is not in force.
    case settingRefused(path: String, setting: String, found: String)
    /// Another agent holds the store; its process id where its lock file tells.
    case agentRunning(path: String, process: Int32?)
    /// The lock file beside the store belongs to another user and cannot be opened.
    case lockNotPermitted(path: String, owner: String)
    /// A row holds what this version cannot read: the table, the row's name and the column.
    case unreadable(table: String, row: String, column: String, found: String)
    /// Whatever else SQLite reports.
    case failed(path: String, detail: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "there is no store at \(path); the first run of the agent or of `probe now` makes it"
        case .folderMissing(let path):
            "the folder of the store \(path) does not exist; create it, or name another file with --db"
        case .notPermitted(let path):
            "this user may not read and write the store \(path) and its folder"
        case .notAFile(let path):
            "\(path) is not a file and cannot hold the store"
        case .notADatabase(let path):
            "\(path) is not an SQLite database and is left as it is; name another file with --db"
        case .foreign(let path):
            "\(path) is a database of another program and is left as it is; name another file with --db"
        case .corrupt(let path, let detail):
            "the store \(path) is damaged (\(detail)); restore it from a backup, or move it away to start anew"
        case .newerSchema(let path, let found, let known):
            "a newer fleetprobe wrote the store \(path): its schema is \(found), and this version knows \(known)"
        case .olderSchema(let path, let found, let known):
            "an older fleetprobe wrote the store \(path) (schema \(found), not \(known)); the agent updates it"
        case .busy(let path):
            "another process keeps the store \(path) locked; try again"
        case .full(let path):
            "no room is left for the store \(path)"
        case .settingRefused(let path, let setting, let found):
            "the store \(path) does not take the setting \(setting): it stays at \(found)"
        case .agentRunning(let path, let process):
            "another agent\(process.map { " (process \($0))" } ?? "") runs on the store \(path)"
        case .lockNotPermitted(let path, let owner):
            "the lock file \(path) belongs to \(owner), and this user may not open it; stop what runs as \(owner) and remove it"
        case .unreadable(let table, let row, let column, let found):
            "the store's \(table) \(row) holds \(found) as \(column), which this version cannot read"
        case .failed(let path, let detail):
            "the store \(path) failed: \(detail)"
        }
    }
}
