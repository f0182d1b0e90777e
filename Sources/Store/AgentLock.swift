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
            case EACCES, EPERM, EROFS: throw .notPermitted(path: storePath)
            default: throw .failed(path: path, detail: String(cString: strerror(errno)))
            }
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw .failed(path: path, detail: String(cString: strerror(code))) }
            throw .agentRunning(path: storePath, process: Self.readProcess(descriptor))
        }
        // Only a hint for the sentence that the next one reads: the lock does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
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
