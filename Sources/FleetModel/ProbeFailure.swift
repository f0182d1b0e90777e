/// Why a probe failed: a kind for programs and a sentence for people.
public struct ProbeFailure: Sendable, Equatable, Error, Codable {
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// No connection: no route, no name, nobody answered.
        case unreachable
        /// Somebody answered and did not want the test.
        case refused
        case authentication
        /// The peer stopped answering in time.
        case timeout
        /// The peer said what the protocol does not allow.
        case `protocol`
        case tls
        case busy
        case quota
        /// The test began and ended early; what was counted until then is kept.
        case interrupted
        /// A fault or a limit on this side.
        case `internal`

        /// Whether a second try soon may end better: not after a wrong password or a fault of the configuration.
        public var mayPass: Bool {
            switch self {
            case .unreachable, .refused, .timeout, .protocol, .busy, .interrupted: true
            case .authentication, .tls, .quota, .internal: false
            }
        }
    }

    public let kind: Kind
    /// One sentence that says what happened and, where it can, what to do.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
