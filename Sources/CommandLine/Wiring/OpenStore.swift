import Agent
import FleetModel
import Store

/// Opens the database of results for a command: what kind of store it is, is known here alone.
enum OpenStore {
    /// Opens it for reading and writing; makes it where there is none.
    ///
    /// - Throws: exit code 78 with a line that says why the file cannot be used; 75 when it is busy, or its disk is full.
    static func forWriting(_ path: String) throws -> any RunStore & RunReading {
        do { return try ResultStore(path: path) } catch { throw failure(error).reported() }
    }

    /// Opens it for reading alone.
    ///
    /// - Throws: as ``forWriting(_:)``.
    static func forReading(_ path: String) throws -> any RunReading {
        do { return try ResultStore(path: path, access: .readOnly) } catch { throw failure(error).reported() }
    }

    /// Where the agent and `probe now` on it meet.
    static func place(_ path: String) -> AgentPlace {
        AgentPlace(storePath: path) {
            do { return .init(try AgentLock(storePath: path)) } catch StoreError.agentRunning { return nil }
        }
    }

    /// Opens it with the right to run an agent on it, which is held as long as the store is.
    ///
    /// - Throws: ``RunStoreError``; where another agent has the right, it says which process that is.
    static func forAgent(_ path: String) throws -> any RunStore & RunReading {
        // The lock first: an agent that may not run must not bring the store of another one up to date.
        let lock = try AgentLock(storePath: path)
        return try ResultStore(path: path, lock: lock)
    }

    /// Takes the right to run an agent on it before anything else is done.
    ///
    /// - Throws: as ``forAgent(_:)``.
    static func claim(_ path: String) throws -> AgentPlace.Claim {
        .init(try AgentLock(storePath: path))
    }

    static func failure(_ error: any RunStoreError) -> CommandFailure {
        switch error.kind {
        case .busy: CommandFailure(.busy, error.description)
        case .unreadable: CommandFailure(.badData, error.description)
        case .unusable: CommandFailure(.configuration, error.description)
        }
    }
}
