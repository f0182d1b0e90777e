import Foundation

/// The right to run the agent on one store, held until this value goes or its process dies.
///
/// It is an flock(2) on `<store>.lock`, which the system takes back however the process ends. The file itself stays:
/// taking it away would let two agents lock two files of one name. Readers and `probe now` need no such right.
public final class AgentLock: Sendable {
    private let descriptor: Int32

    /// Takes the right.
    ///
    /// - Parameter storePath: the store's file; it need not exist yet.
    /// - Throws: ``StoreError/agentRunning(path:process:)`` where another holds it, or why there is no lock file.
    public init(storePath: String) throws(StoreError) {
        let path = Self.resolved(storePath) + ".lock"
        // Close-on-exec: a command that the agent starts must not hold the lock on after it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .folderMissing(path: storePath)
            case EACCES, EPERM:
                if let owner = Self.owner(path) { throw .lockNotPermitted(path: path, owner: owner) }
                throw .notPermitted(path: storePath)
            case EROFS: throw .notPermitted(path: storePath)
            case ENOSPC, EDQUOT: throw .full(path: storePath)
            default: throw .failed(path: path, detail: String(cString: strerror(errno)))
            }
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw .failed(path: path, detail: String(cString: strerror(code))) }
            throw .agentRunning(path: storePath, process: Self.readProcess(descriptor))
        }
        Self.give(descriptor, toOwnerOf: storePath)
        // Only a hint for the sentence that the next one reads: the lock does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// What root leaves behind, the service's own user must be able to open (SQLite does the same with its files beside the store).
    private static func give(_ descriptor: Int32, toOwnerOf storePath: String) {
        guard geteuid() == 0, let status = status(storePath) else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    private static func owner(_ path: String) -> String? {
        guard let status = status(path) else { return nil }
        return getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "user \(status.st_uid)"
    }

    private static func status(_ path: String) -> stat? {
        var found = stat()
        return stat(path, &found) == 0 ? found : nil
    }

    /// One file has one lock, by whichever link it is named.
    private static func resolved(_ path: String) -> String {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath()
        return folder.appendingPathComponent(url.lastPathComponent).resolvingSymlinksInPath().path
    }

    private static func readProcess(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count), as: UTF8.self).prefix { $0.isNumber })
    }
}
