import FleetModel
import Probes
import Secrets
import Synchronization

/// What a running agent takes from its fleet file beside the schedule; a reload replaces it.
final class LoadedContent: Sendable {
    struct Content: Sendable {
        let probes: ProbeRunner
        let targets: [Target]
        /// ``Fleet/configurationHash``.
        let hash: String?

        init(_ fleet: Fleet, _ credentials: [String: Credential], _ client: ControlledClient) {
            probes = ProbeRunner(credentials: credentials, client: client)
            targets = fleet.targets
            hash = fleet.configurationHash
        }
    }

    private let client: ControlledClient
    private let content: Mutex<Content>

    init(_ fleet: Fleet, credentials: [String: Credential], client: ControlledClient) {
        self.client = client
        content = Mutex(Content(fleet, credentials, client))
    }

    var current: Content { content.withLock { $0 } }

    func replace(_ fleet: Fleet, credentials: [String: Credential]) {
        let new = Content(fleet, credentials, client)
        content.withLock { $0 = new }
    }
}
