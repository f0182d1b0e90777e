import Foundation
import SQLiteFiles
import Synchronization

/// An flock(2) on a store's file itself.
///
/// To close any descriptor of a file takes away all locks that SQLite holds on it in this process. So the descriptor outlives this value:
/// it is unlocked and kept for the next lock on the same file, unless somebody knows that no connection to the file is left.
final class StoreLock: Sendable {
    private let identity: FileIdentity
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    private static let spare = Mutex<[FileIdentity: [Int32]]>([:])

    /// Locks the file that the path leads to.
    ///
    /// - Parameters:
    ///   - isMade: whether an empty store is made where there is none.
    ///   - process: who is named where another holds the lock.
    init(_ path: String, isMade: Bool, process: Int32?) throws(StoreError) {
        if isMade {
            do { try SQLiteFile(path: path, applicationID: Schema.applicationID).create() } catch {
                throw .file(error, path: path)
            }
        }
        guard let identity = FileIdentity(path: path) else { throw .file(.gone, path: path) }
        let spare = Self.spare.withLock { $0[identity]?.popLast() }
        let descriptor = spare ?? open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(SQLiteProblem(code: errno, path: path), path: path) }
        self.identity = FileIdentity(descriptor: descriptor) ?? identity
        self.descriptor = descriptor
        // From here on the value is whole, and its end gives the descriptor back.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else { throw .file(SQLiteProblem(code: code, path: path), path: path) }
            throw .agentRunning(path: path, process: process)
        }
    }

    /// Closes the descriptor: for a file to which this process has no connection any more.
    func closeForGood() {
        isOpen.withLock { isOpen in
            if isOpen { close(descriptor) }
            isOpen = false
        }
    }

    deinit {
        guard isOpen.withLock({ $0 }) else { return }
        flock(descriptor, LOCK_UN)
        Self.spare.withLock { $0[identity, default: []].append(descriptor) }
    }
}
