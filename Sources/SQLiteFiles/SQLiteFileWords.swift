import Files

/// How people speak of one kind of database file, and what they are told to do about it.
public struct SQLiteFileWords: Sendable {
    /// "store", "accounts database".
    let noun: String
    /// What it holds: "the store", "accounts".
    let content: String
    /// The option that names another file.
    let option: String
    /// What makes the file where there is none.
    let maker: @Sendable (_ path: String) -> String
    /// What brings an older file up to date.
    let updater: String
    /// What to do about a row that cannot be read; empty where nothing helps.
    let remedy: String

    public init(
        noun: String, content: String, option: String, updater: String, remedy: String = "",
        maker: @escaping @Sendable (String) -> String
    ) {
        self.noun = noun
        self.content = content
        self.option = option
        self.updater = updater
        self.remedy = remedy
        self.maker = maker
    }

    private var name: String { "the \(noun)" }

    /// One sentence for people, with the remedy where there is one.
    public func sentence(_ problem: SQLiteProblem, path: String) -> String {
        switch problem {
        case .missing: "there is no \(noun) \(path); \(maker(path)) makes it"
        case .folderMissing:
            "the folder of \(name) \(path) does not exist; create it, or name another file with \(option)"
        case .notPermitted: "this user may not read and write \(name) \(path) and its folder"
        case .readOnly: "\(name) \(path) lies on a file system that can only be read"
        case .notAFile: "\(path) is not a file and cannot hold \(content)"
        case .openToOthers(let mode):
            "\(name) \(path) is open to others (mode \(mode)); run chmod 600 \(ShellText.quoted(path))"
        case .notADatabase: "\(path) is not an SQLite database and is left as it is; name another file with \(option)"
        case .foreign:
            "\(path) is a database of something else and is left as it is; name another file with \(option)"
        case .corrupt(let detail):
            "\(name) \(path) is damaged (\(detail)); restore it from a backup, or move it away to start anew"
        case .newerSchema(let found, let known):
            "a newer fleetprobe wrote \(name) \(path): its schema is \(found), and this version knows \(known)"
        case .olderSchema(let found, let known):
            "an older fleetprobe wrote \(name) \(path) (schema \(found), not \(known)); \(updater) updates it"
        case .busy: "another process keeps \(name) \(path) locked; try again"
        case .full: "no room is left for \(name) \(path)"
        case .gone:
            "\(name) \(path) is gone: it was deleted or moved while it was in use; put it back, or start this program again, "
                + "which makes a new one"
        case .unfinished: "another file took the place of \(name) \(path), and it is still being written"
        case .replaced: "\(name) \(path) is replaced again and again; put one file there"
        case .settingRefused(let setting, let found):
            "\(name) \(path) does not take the setting \(setting): it stays at \(found)"
        case .unreadable(let table, let row, let column, let found):
            "\(name) \(path) holds \(found) as \(column) of the \(table) \(row), which this version cannot read\(remedy)"
        case .failed(let detail): "\(name) \(path) failed: \(detail)"
        }
    }
}
