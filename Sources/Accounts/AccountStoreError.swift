/// Why the accounts could not be read or changed, each as one sentence for people.
public enum AccountStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No file is there, and the caller did not want a new one.
    case missing(path: String)
    /// The folder that would hold the file is not there.
    case folderMissing(path: String)
    /// The system denies this user the file or its folder.
    case notPermitted(path: String)
    /// The path names a folder, a device or something else that is no file.
    case notAFile(path: String)
    /// Others than the owner may open the file; its mode in octal.
    case openToOthers(path: String, mode: String)
    /// The file is not SQLite's.
    case notADatabase(path: String)
    /// SQLite's file, and another program's or another purpose's.
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
    /// A setting that the accounts rely on is not in force.
    case settingRefused(path: String, setting: String, found: String)
    /// A row holds what this version cannot read.
    case unreadable(table: String, row: String, column: String)
    /// There is no account of that name.
    case unknownUser(String)
    /// There is an account of that name already.
    case userExists(String)
    /// What was asked cannot be kept: a sentence.
    case invalid(String)
    /// Whatever else SQLite reports.
    case failed(path: String, detail: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "there is no accounts database \(path); `probe user add NAME --users-db \(path)` makes it"
        case .folderMissing(let path):
            "the folder of the accounts database \(path) does not exist; create it, or name another file"
        case .notPermitted(let path):
            "this user may not read and write the accounts database \(path) and its folder"
        case .notAFile(let path):
            "\(path) is not a file and cannot hold accounts"
        case .openToOthers(let path, let mode):
            "the accounts database \(path) is open to others (mode \(mode)); run chmod 600 \(ShellText.quoted(path))"
        case .notADatabase(let path):
            "\(path) is not an SQLite database and is left as it is; name another file with --users-db"
        case .foreign(let path):
            "\(path) is a database of something else and is left as it is; name another file with --users-db"
        case .corrupt(let path, let detail):
            "the accounts database \(path) is damaged (\(detail)); restore it from a backup, or move it away to start anew"
        case .newerSchema(let path, let found, let known):
            "a newer fleetprobe wrote the accounts database \(path): its schema is \(found), and this version knows \(known)"
        case .olderSchema(let path, let found, let known):
            "an older fleetprobe wrote the accounts database \(path) (schema \(found), not \(known)); "
                + "`probe user set` or the server updates it"
        case .busy(let path):
            "another process keeps the accounts database \(path) locked; try again"
        case .full(let path):
            "no room is left for the accounts database \(path)"
        case .settingRefused(let path, let setting, let found):
            "the accounts database \(path) does not take the setting \(setting): it stays at \(found)"
        case .unreadable(let table, let row, let column):
            "the accounts database holds a \(column) for the \(table) \(row.debugDescription) that cannot be read; "
                + "remove that user and add it again"
        case .unknownUser(let name):
            "there is no user \(name.debugDescription); see `probe user list`"
        case .userExists(let name):
            "the user \(name.debugDescription) exists already; `probe user set` changes it"
        case .invalid(let sentence): sentence
        case .failed(let path, let detail):
            "the accounts database \(path) failed: \(detail)"
        }
    }
}
