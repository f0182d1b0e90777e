import Foundation
import GRDB

/// The store's file before it is opened: made with the right permissions, and looked at without touching it.
struct StoreFile {
    let path: String

    /// Only the owner may read results, whatever the umask says.
    private static let permissions: mode_t = 0o600

    /// Bytes of the header that every database with content begins with.
    private static let headerSize = 100

    /// Makes an empty file where there is none, and closes an empty one that stands open to others.
    ///
    /// SQLite gives -wal and -shm the permissions of the file itself, so these three follow from one. The permissions
    /// of a store with content are left as they are: its owner may have opened it to a group on purpose.
    func create() throws(StoreError) {
        // An existing file is never opened here: closing a descriptor would drop the locks that SQLite may hold on the
        // file elsewhere in this process.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, Self.permissions)
        if descriptor >= 0 {
            defer { close(descriptor) }
            guard fchmod(descriptor, Self.permissions) == 0 else { throw Self.error(errno, path: path) }
            return
        }
        guard errno == EEXIST else { throw Self.error(errno, path: path) }
        let found = try status()
        if found.st_size == 0, found.st_mode & 0o077 != 0, chmod(path, Self.permissions) != 0 {
            throw Self.error(errno, path: path)
        }
    }

    /// Refuses what is not there, not a file or too short: SQLite would take a file of one byte for an empty one.
    func requireFile() throws(StoreError) {
        let size = try status().st_size
        guard size == 0 || size >= Self.headerSize else { throw .notADatabase(path: path) }
    }

    /// Reads who wrote the file and by which schema, over a connection that cannot write.
    ///
    /// - Returns: the schema's number; 0 for an empty file, which is to become a store.
    func schemaVersion() throws(StoreError) -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(StoreSettings.busySeconds)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { db in
                let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                let objects = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                if application == 0, version == 0, objects == 0 { return 0 }
                guard application == Schema.applicationID else { throw StoreError.foreign(path: path) }
                return Int(version)
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private func status() throws(StoreError) -> stat {
        var found = stat()
        guard stat(path, &found) == 0 else { throw Self.error(errno, path: path) }
        guard found.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return found
    }

    private static func error(_ code: Int32, path: String) -> StoreError {
        switch code {
        case ENOENT, ENOTDIR:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return access(folder, F_OK) == 0 ? .missing(path: path) : .folderMissing(path: path)
        case EACCES, EPERM, EROFS: return .notPermitted(path: path)
        case EISDIR: return .notAFile(path: path)
        case ENOSPC, EDQUOT: return .full(path: path)
        default: return .failed(path: path, detail: String(cString: strerror(code)))
        }
    }
}
