import FleetModel
import Probes
import Synchronization

/// What a running agent takes from its fleet file beside the schedule; a reload replaces it.
final class LoadedContent: Sendable {
    struct Content: Sendable {
        let probes: ProbeRunner
        /// ``Fleet/configurationHash``.
        let hash: String?

        init(_ fleet: Fleet) {
            probes = ProbeRunner(credentials: fleet.credentials, client: .thisProgram)
            hash = fleet.configurationHash
        }
    }

    private let content: Mutex<Content>

    init(_ fleet: Fleet) {
        content = Mutex(Content(fleet))
    }

    var current: Content { content.withLock { $0 } }

    func replace(_ fleet: Fleet) {
        let new = Content(fleet)
        content.withLock { $0 = new }
    }
}
