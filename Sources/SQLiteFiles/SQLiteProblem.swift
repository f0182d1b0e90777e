import Foundation
import GRDB

/// Why a database file could not be made, opened or used. The module that keeps something in it has the sentence for each.
public enum SQLiteProblem: Error, Sendable, Equatable {
    /// No file is there.
    case missing
    /// The folder that would hold the file is not there.
    case folderMissing
    /// The system denies this user the file or its folder.
    case notPermitted
    /// The file system can only be read.
    case readOnly
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
    /// A newer fleetprobe wrote the file.
    case newerSchema(found: Int, known: Int)
    /// An older fleetprobe wrote the file, and it was to be opened for reading only.
    case olderSchema(found: Int, known: Int)
    /// The file was there and is not any more: deleted or moved while it was open.
    case gone
    /// Another file is there that somebody may still be writing.
    case unfinished
    /// Files of this name replaced one another faster than one could be used.
    case replaced
    /// A setting that was asked for is not in force.
    case settingRefused(setting: String, found: String)
    /// A row holds what this version cannot read: the table, the row's name and the column.
    case unreadable(table: String, row: String, column: String, found: String)
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

    /// What the system's error number for a file comes to.
    public init(code: Int32, path: String) {
        switch code {
        case ENOENT, ENOTDIR:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            self = access(folder, F_OK) == 0 ? .missing : .folderMissing
        case EACCES, EPERM: self = .notPermitted
        case EROFS: self = .readOnly
        case EISDIR: self = .notAFile
        case ENOSPC, EDQUOT: self = .full
        default: self = .failed(detail: String(cString: strerror(code)))
        }
    }
}
