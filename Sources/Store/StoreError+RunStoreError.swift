import FleetModel
import SQLiteFiles

extension StoreError: RunStoreError {
    public var isOfTheStore: Bool {
        switch self {
        case .file(.unreadable, _), .file(.failed, _): false
        case .file, .agentRunning, .lockNotPermitted: true
        }
    }

    public var kind: RunStoreErrorKind {
        switch self {
        case .file(let problem, _):
            switch problem.prospect {
            case .passes: .busy
            case .damage: .unreadable
            case .lasts: .unusable
            }
        case .agentRunning: .busy
        case .lockNotPermitted: .unusable
        }
    }
}
