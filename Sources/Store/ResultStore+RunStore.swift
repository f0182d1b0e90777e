import FleetModel

extension ResultStore: RunStore {
    public func keep(_ results: [ProbeResult], configurationHash: String?) async throws -> [RecordAnswer] {
        try await record(results, configurationHash: configurationHash)
    }

    public func keep(_ event: StoreEvent) async throws {
        try await record(event: event)
    }
}

extension StoreError: RunStoreError {
    public var isOfTheStore: Bool {
        switch self {
        case .file(.unreadable, _), .file(.failed, _): false
        case .file, .agentRunning, .lockNotPermitted: true
        }
    }
}
