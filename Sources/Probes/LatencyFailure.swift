import FleetModel

/// Why a latency probe has no round trip to show.
public struct LatencyFailure: Error, Sendable, Equatable {
    public let failure: ProbeFailure
    /// The round trips that were sent in vain, which count as lost over a period; nil where none was sent.
    public let unanswered: LatencySummary?

    public init(_ failure: ProbeFailure, unanswered: LatencySummary? = nil) {
        self.failure = failure
        self.unanswered = unanswered
    }

    init(_ kind: ProbeFailure.Kind, _ message: String) {
        self.init(ProbeFailure(kind, message))
    }
}
