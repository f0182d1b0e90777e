import FleetModel

/// A run that is due and has not started.
struct WaitingRun: Sendable, Comparable {
    var request: RunRequest
    /// Not before this: the slot's earliest start, or the end of a retry's pause.
    var readyAt: WallTime
    /// Not after this.
    let latest: WallTime
    /// What it waited for when it was last looked at.
    var obstacle: Admission.Obstacle?
    /// When it started, once it has.
    var startedAt: WallTime?
    /// Of a retry: how the try before ended.
    var failedResult: ProbeResult?
    /// Decides between runs that are alike otherwise.
    let tieBreaker: UInt64

    private var isManual: Bool { request.trigger == .manual }

    /// Manual runs first, then by priority, by latest start, by hash.
    static func < (left: WaitingRun, right: WaitingRun) -> Bool {
        if left.isManual != right.isManual { return left.isManual }
        if left.request.target.priority != right.request.target.priority {
            return left.request.target.priority > right.request.target.priority
        }
        return (left.latest, left.tieBreaker, left.request.id) < (right.latest, right.tieBreaker, right.request.id)
    }

    static func == (left: WaitingRun, right: WaitingRun) -> Bool {
        left.request.id == right.request.id
    }
}
