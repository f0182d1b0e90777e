import FleetModel
import SQLiteFiles
import Store

/// Opens the database of results for a command.
enum OpenStore {
    /// - Throws: exit code 78 with a line that says why the file cannot be used; 75 when it is busy, or its disk is full.
    static func open(_ path: String, access: SQLiteAccess, lock: AgentLock? = nil) throws -> ResultStore {
        do {
            return try ResultStore(path: path, access: access, lock: lock)
        } catch {
            throw failure(error).reported()
        }
    }

    static func failure(_ error: StoreError) -> CommandFailure {
        switch error {
        case .file(let problem, _): CommandFailure(ExitStatus(problem), error.description)
        case .agentRunning: CommandFailure(.busy, error.description)
        case .lockNotPermitted: CommandFailure(.configuration, error.description)
        }
    }
}
