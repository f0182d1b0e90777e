import Foundation
import GRDB
import Synchronization

/// A database that stays the file of its name: one that is deleted is not written into any more, and one that takes its place is opened.
///
/// SQLite goes on with the file it opened, whatever its name leads to since. So the file's identity is compared with the path's before
/// each transaction, and after each commit before it is acknowledged: what went into a file that was replaced meanwhile is done once more in
/// the new one. A look costs a microsecond.
///
/// What was begun is finished also when the task is cancelled.
public final class OpenDatabase<Header: Sendable>: Sendable {
    private struct Current {
        /// nil while the file of the name cannot be opened.
        var pool: DatabasePool?
        var isClosed = false
        var identity: FileIdentity?
        /// The files beside it that SQLite named after it.
        var companions: [String: FileIdentity] = [:]
        var header: Header
        /// Counts the files that were opened, from 0.
        var generation = 0
        /// What became of the file before, until somebody asks.
        var untold: String?
        /// A file that is there and may still be written by somebody.
        var candidate: FileSnapshot?
    }

    /// The file, as it was asked for.
    public let path: String

    private let schema: SQLiteSchema<Header>
    private let access: SQLiteAccess
    private let prepare: @Sendable () throws -> Void
    private let current: Mutex<Current>
    /// Opens and closes, one after the other.
    private let queue = DispatchQueue(label: "fleetprobe.database")

    /// How often a transaction is done once more because its file was replaced meanwhile.
    private static var attempts: Int { 3 }

    /// Opens the file. It blocks for a moment: call it at the start of the process.
    ///
    /// - Parameter prepare: what is to be done before a file that took the place of another is opened; a throw leaves it closed.
    /// - Throws: ``SQLiteProblem``, or what the schema's header throws.
    public init(
        path: String, schema: SQLiteSchema<Header>, access: SQLiteAccess,
        prepare: @escaping @Sendable () throws -> Void = {}
    ) throws {
        self.path = path
        self.schema = schema
        self.access = access
        self.prepare = prepare
        let opened = try schema.open(path, access)
        current = Mutex(
            Current(
                pool: opened.pool, identity: opened.identity, companions: Self.companions(of: path),
                header: opened.header))
    }

    /// What was read of the whole file that is open.
    public var header: Header { current.withLock { $0.header } }

    /// Counts the files that were opened under this name, from 0: what was read of an earlier one is to be read again.
    public var generation: Int { current.withLock { $0.generation } }

    /// Closes every connection; the database cannot be used afterwards. Without it they close with the last copy.
    public func close() throws {
        let pool = current.withLock { current in
            defer { (current.pool, current.isClosed) = (nil, true) }
            return current.pool
        }
        guard let pool else { return }
        try Self.close(pool)
    }

    /// Looks whether the open file is still the one of its name, and opens the one that took its place.
    ///
    /// - Returns: what became of the file before, once; nil where nothing did.
    /// - Throws: ``SQLiteProblem``.
    public func look() async throws -> String? {
        _ = try await pool()
        return current.withLock { current in
            defer { current.untold = nil }
            return current.untold
        }
    }

    /// Runs `body` in one transaction that takes the write lock at once, and returns after its commit.
    ///
    /// - Parameter body: may run more than once, each time on another file.
    public func writing<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        for _ in 0..<Self.attempts {
            let pool = try await pool()
            let result = await pool.finishWriting(body)
            if isCurrent(pool) { return try result.get() }
        }
        throw SQLiteProblem.replaced
    }

    /// Runs `body` over one unchanging state of the file.
    public func reading<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        for _ in 0..<Self.attempts {
            let pool = try await pool()
            let result = await pool.finishReading(body)
            // What was read of a whole file is an answer, also when it was replaced meanwhile.
            if case .success(let value) = result { return value }
            if isCurrent(pool) { return try result.get() }
        }
        throw SQLiteProblem.replaced
    }

    // MARK: The file of the name

    private func isCurrent(_ pool: DatabasePool) -> Bool {
        let found = FileIdentity(path: path)
        return current.withLock { found != nil && $0.pool === pool && $0.identity == found }
    }

    /// The connections to the file that the path leads to now.
    private func pool() async throws -> DatabasePool {
        let found = FileIdentity(path: path)
        let known = current.withLock { found != nil && $0.identity == found ? $0.pool : nil }
        if let known { return known }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.openAnew() }) }
        }
    }

    private func openAnew() throws -> DatabasePool {
        let (pool, identity, isClosed) = current.withLock { ($0.pool, $0.identity, $0.isClosed) }
        guard !isClosed else { throw SQLiteProblem.failed(detail: "it is closed") }
        guard let found = FileSnapshot(path: path) else { throw SQLiteProblem.gone }
        if let pool, found.identity == identity { return pool }
        let isSettled = current.withLock { current in
            if let candidate = current.candidate, candidate == found { return candidate.isSettled }
            current.candidate = found
            return found.isSettled
        }
        guard isSettled else { throw SQLiteProblem.unfinished }
        let moved = try leave(pool)
        try prepare()
        let opened = try schema.open(path, access == .create ? .readWrite : access)
        current.withLock { current in
            current.pool = opened.pool
            current.identity = opened.identity
            current.companions = Self.companions(of: path)
            current.header = opened.header
            current.generation += 1
            current.candidate = nil
            current.untold = "another file took the place of \(path) and is used from now on\(moved ?? "")"
        }
        return opened.pool
    }

    /// Ends the use of a file that has lost its name.
    ///
    /// Its -wal and -shm have not: beside the new file SQLite would take them for that one's and replay what is in them. Only those that this
    /// process opened are touched.
    ///
    /// - Returns: what is to be said of the -wal.
    private func leave(_ pool: DatabasePool?) throws -> String? {
        if let pool {
            // What was committed goes into the file itself, which may live on under another name.
            if access != .readOnly { _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) } }
            // SQLite sees that the file has moved, and leaves what is beside the name alone.
            try Self.close(pool)
            current.withLock { $0.pool = nil }
        }
        let companions = current.withLock { $0.companions }
        let index = path + "-shm"
        if let known = companions[index], FileIdentity(path: index) == known { unlink(index) }
        let log = path + "-wal"
        guard let known = companions[log], let left = FileSnapshot(path: log), left.identity == known else {
            return nil
        }
        if left.size == 0 {
            unlink(log)
            return nil
        }
        let aside = "\(log).\(Int(Date().timeIntervalSince1970))"
        guard rename(log, aside) == 0 else { throw SQLiteProblem.failed(detail: String(cString: strerror(errno))) }
        return "; what belonged to the one before is \(aside)"
    }

    private static func companions(of path: String) -> [String: FileIdentity] {
        var found: [String: FileIdentity] = [:]
        for name in [path + "-wal", path + "-shm"] { found[name] = FileIdentity(path: name) }
        return found
    }

    private static func close(_ pool: DatabasePool) throws {
        // The readers go first: only a last connection that may write folds the WAL into the file.
        pool.releaseMemory()
        try pool.close()
    }
}
