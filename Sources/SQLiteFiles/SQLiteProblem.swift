import GRDB

/// Why a database file could not be made, opened or used. The module that keeps something in it has the sentence for each.
public enum SQLiteProblem: Error, Sendable, Equatable {
    /// No file is there.
    case missing
    /// The folder that would hold the file is not there.
    case folderMissing
    /// The system denies this user the file or its folder.
    case notPermitted
    /// The path names a folder, a device or something else that is no file.
    case notAFile
    /// Others than the owner may open a file that is for its owner alone; its mode in octal.
    case openToOthers(mode: String)
    /// The file is not SQLite's.
    case notADatabase
    /// SQLite's file, and another program's or another purpose's.
    case foreign
    /// Pages of the file contradict one another.
    case corrupt(detail: String)
    /// Another process kept the file locked for longer than the busy timeout.
    case busy
    /// The file system has no room left.
    case full
    /// A setting that was asked for is not in force.
    case settingRefused(setting: String, found: String)
    /// Whatever else SQLite or the system reports.
    case failed(detail: String)

    /// What an error of the database layer comes to.
    public init(_ error: any Error) {
        if let own = error as? SQLiteProblem {
            self = own
            return
        }
        guard let failure = error as? DatabaseError else {
            self = .failed(detail: "\(error)")
            return
        }
        let detail = failure.message ?? failure.resultCode.description
        self =
            switch failure.resultCode {
            case .SQLITE_NOTADB: .notADatabase
            case .SQLITE_CORRUPT: .corrupt(detail: detail)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
            case .SQLITE_FULL: .full
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .notPermitted
            default: .failed(detail: detail)
            }
    }
}
