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
        case .missing, .folderMissing, .notPermitted, .notAFile, .notADatabase, .foreign, .corrupt, .newerSchema,
            .olderSchema, .busy,
            .full, .settingRefused, .agentRunning, .lockNotPermitted:
            true
        case .unreadable, .failed: false
        }
    }
}
