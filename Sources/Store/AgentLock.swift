import Foundation
import SQLiteFiles
import Synchronization

/// The right to run the agent on one store, held until this value goes or its process dies.
///
/// It is an flock(2) on the store itself and one on `<store>.lock`, which the system takes back however the process ends. The one on the
/// store holds also when the lock file is removed; the one beside it keeps out agents of before, which know no other. Readers and `probe
/// now` need no such right.
public final class AgentLock: Sendable {
    private struct Held {
        var beside: Int32
        var store: StoreLock
    }

    private let storePath: String
    private let path: String
    private let held: Mutex<Held>

    /// Takes the right, and makes an empty store where there is none.
    ///
    /// - Parameter storePath: the store's file; it need not exist yet.
    /// - Throws: ``StoreError/agentRunning(path:process:)`` where another holds it, or why there is no lock file.
    public init(storePath: String) throws(StoreError) {
        let path = Self.resolved(storePath) + ".lock"
        let beside = try Self.lockBeside(path, storePath)
        let store: StoreLock
        do { store = try StoreLock(storePath, isMade: true, process: Self.readProcess(beside)) } catch {
            close(beside)
            throw error
        }
        Self.sign(beside, storePath)
        self.storePath = storePath
        self.path = path
        held = Mutex(Held(beside: beside, store: store))
    }

    deinit {
        held.withLock { _ = close($0.beside) }
    }

    /// Takes the right to the file that is in the store's place now, before it is opened, and gives up the one to the file before.
    ///
    /// The store's connections to the file before must be closed: the descriptor that held its lock is closed here.
    ///
    /// - Throws: ``StoreError/agentRunning(path:process:)`` where another agent runs on the new file.
    func follow() throws(StoreError) {
        let next = try StoreLock(storePath, isMade: false, process: nil)
        held.withLock { held in
            held.store.closeForGood()
            held.store = next
        }
    }

    /// Makes a lock file anew that was removed or replaced.
    ///
    /// - Throws: ``StoreError/agentRunning(path:process:)`` where another program holds the new one.
    func renew() throws(StoreError) {
        let isCurrent = held.withLock { held in
            let known = FileIdentity(descriptor: held.beside)
            return known != nil && known == FileIdentity(path: path)
        }
        guard !isCurrent else { return }
        let beside = try Self.lockBeside(path, storePath)
        Self.sign(beside, storePath)
        held.withLock { held in
            close(held.beside)
            held.beside = beside
        }
    }

    /// - Returns: the descriptor of the locked file.
    private static func lockBeside(_ path: String, _ storePath: String) throws(StoreError) -> Int32 {
        // Close-on-exec: a command that the agent starts must not hold the lock on after it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            if code == EACCES || code == EPERM, let owner = owner(path) {
                throw .lockNotPermitted(path: path, owner: owner)
            }
            throw .file(SQLiteProblem(code: code, path: path), path: storePath)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw .file(SQLiteProblem(code: code, path: path), path: path) }
            throw .agentRunning(path: storePath, process: readProcess(descriptor))
        }
        return descriptor
    }

    /// Says whose the lock is, and lets the store's owner have the file: what root leaves behind, the service's own user must be able to open
    /// (SQLite does the same with its files beside the store).
    private static func sign(_ descriptor: Int32, _ storePath: String) {
        var found = stat()
        if geteuid() == 0, stat(storePath, &found) == 0 { _ = fchown(descriptor, found.st_uid, found.st_gid) }
        // Only a hint for the sentence that the next one reads: the lock does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    private static func owner(_ path: String) -> String? {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        return getpwuid(found.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "user \(found.st_uid)"
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
