import Foundation
import GRDB

/// A database file before it is opened: made with the right permissions, and looked at without touching it.
public struct SQLiteFile: Sendable {
    public let path: String
    /// What marks the file as ours (SQLite's `application_id`).
    private let applicationID: Int64
    /// Whether a file that others may open is refused; else its owner may have opened it to a group on purpose.
    private let isForOwnerAlone: Bool

    /// Only the owner may read a new file, whatever the umask says.
    private static let permissions: mode_t = 0o600

    /// Bytes of the header that every database with content begins with.
    private static let headerSize = 100

    public init(path: String, applicationID: Int64, isForOwnerAlone: Bool = false) {
        self.path = path
        self.applicationID = applicationID
        self.isForOwnerAlone = isForOwnerAlone
    }

    /// Makes an empty file where there is none, and closes an empty one that stands open to others.
    ///
    /// SQLite gives -wal and -shm the permissions of the file itself, so these three follow from one. The permissions of a file with
    /// content are left as they are.
    public func create() throws(SQLiteProblem) {
        // An existing file is never opened here: closing a descriptor would drop the locks that SQLite may hold on the
        // file elsewhere in this process.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, Self.permissions)
        if descriptor >= 0 {
            defer { close(descriptor) }
            giveToOwnerOfFolder(descriptor)
            guard fchmod(descriptor, Self.permissions) == 0 else { throw SQLiteProblem(code: errno, path: path) }
            return
        }
        guard errno == EEXIST else { throw SQLiteProblem(code: errno, path: path) }
        let found = try status()
        if found.st_size == 0, found.st_mode & 0o077 != 0, chmod(path, Self.permissions) != 0 {
            throw SQLiteProblem(code: errno, path: path)
        }
    }

    /// Refuses what is not there, not a file or too short: SQLite would take a file of one byte for an empty one. And, where it is for its
    /// owner alone, what is open to others.
    public func requireFile() throws(SQLiteProblem) {
        let found = try status()
        if isForOwnerAlone, found.st_mode & 0o077 != 0 {
            let octal = String(found.st_mode & 0o7777, radix: 8)
            throw .openToOthers(mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal)
        }
        guard found.st_size == 0 || found.st_size >= Self.headerSize else { throw .notADatabase }
    }

    /// Reads who wrote the file and by which schema, over a connection that cannot write.
    ///
    /// - Returns: the schema's number; 0 for an empty file, which is to become one of ours.
    public func schemaVersion() throws(SQLiteProblem) -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(SQLiteSettings.busySeconds)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { db in
                let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                let objects = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                if application == 0, version == 0, objects == 0 { return 0 }
                guard application == applicationID else { throw SQLiteProblem.foreign }
                return Int(version)
            }
        } catch {
            throw SQLiteProblem(error)
        }
    }

    /// What root makes in the folder of a service, the service must be able to open.
    private func giveToOwnerOfFolder(_ descriptor: Int32) {
        var found = stat()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard geteuid() == 0, stat(folder, &found) == 0, found.st_uid != 0, found.st_mode & S_ISVTX == 0 else { return }
        _ = fchown(descriptor, found.st_uid, found.st_gid)
    }

    private func status() throws(SQLiteProblem) -> stat {
        var found = stat()
        guard stat(path, &found) == 0 else { throw SQLiteProblem(code: errno, path: path) }
        guard found.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        return found
    }
}
