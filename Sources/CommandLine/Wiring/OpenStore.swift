import FleetModel
import Store

/// Opens the database of results for a command.
enum OpenStore {
    /// - Throws: exit code 78 with a line that says why the file cannot be used; 75 when it is busy, or its disk is full.
    static func open(_ path: String, access: ResultStore.Access) throws -> ResultStore {
        do {
            return try ResultStore(path: path, access: access)
        } catch {
            throw failure(error).reported()
        }
    }

    static func failure(_ error: StoreError) -> CommandFailure {
        switch error {
        case .busy, .full, .agentRunning: CommandFailure(.busy, error.description)
        case .corrupt, .unreadable: CommandFailure(.badData, error.description)
        default: CommandFailure(.configuration, error.description)
        }
    }
}
