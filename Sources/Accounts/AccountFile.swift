import Foundation
import GRDB

/// The accounts' file before it is opened: made with the right permissions, and looked at without touching it.
struct AccountFile {
    let path: String

    /// Verifiers can be guessed against, so only the owner may read them, whatever the umask says.
    private static let permissions: mode_t = 0o600

    /// Bytes of the header that every database with content begins with.
    private static let headerSize = 100

    /// Makes an empty file where there is none.
    func create() throws(AccountStoreError) {
        // An existing file is never opened here: closing a descriptor would drop the locks that SQLite may hold on the
        // file elsewhere in this process.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, Self.permissions)
        if descriptor >= 0 {
            defer { close(descriptor) }
            guard fchmod(descriptor, Self.permissions) == 0 else { throw error(errno) }
            return
        }
        guard errno == EEXIST else { throw error(errno) }
        let found = try status()
        if found.st_size == 0, found.st_mode & 0o077 != 0, chmod(path, Self.permissions) != 0 { throw error(errno) }
    }

    /// Refuses what is not there, not a file, open to others or too short: SQLite would take a file of one byte for an
    /// empty one.
    func requireFile() throws(AccountStoreError) {
        let found = try status()
        guard found.st_mode & 0o077 == 0 else {
            let octal = String(found.st_mode & 0o7777, radix: 8)
            throw .openToOthers(path: path, mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal)
        }
        guard found.st_size == 0 || found.st_size >= Self.headerSize else { throw .notADatabase(path: path) }
    }

    /// Reads who wrote the file and by which schema, over a connection that cannot write.
    ///
    /// - Returns: the schema's number; 0 for an empty file, which is to take accounts.
    func schemaVersion() throws(AccountStoreError) -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(AccountSettings.busySeconds)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { db in
                let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                let objects = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                if application == 0, version == 0, objects == 0 { return 0 }
                guard application == AccountSchema.applicationID else { throw AccountStoreError.foreign(path: path) }
                return Int(version)
            }
        } catch {
            throw AccountStoreError(error, path: path)
        }
    }

    private func status() throws(AccountStoreError) -> stat {
        var found = stat()
        guard stat(path, &found) == 0 else { throw error(errno) }
        guard found.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return found
    }

    private func error(_ code: Int32) -> AccountStoreError {
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
