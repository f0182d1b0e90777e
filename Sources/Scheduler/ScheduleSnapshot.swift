import Foundation

/// What runs and what waits at an instant.
public struct ScheduleSnapshot: Sendable, Equatable {
    /// A run that is being made.
    public struct Running: Sendable, Equatable {
        public let request: RunRequest
        public let since: Date
    }

    /// A run that is due and has not started.
    public struct Waiting: Sendable, Equatable {
        public let request: RunRequest
        /// Not after this.
        public let latest: Date
        /// What it waits for, in one sentence.
        public let reason: String
    }

    /// The most runs that ``waiting`` holds.
    public static let maxWaiting = 1000

    /// By the time at which they started.
    public var running: [Running] = []
    /// Throughput tests first, then latency probes, the most urgent first, then retries in their pause.
    public var waiting: [Waiting] = []
    /// How many wait, those that ``waiting`` has no room for too.
    public var waitingCount = 0

    public init() {}
}

extension SchedulerState {
    /// What runs and what waits now.
    public var snapshot: ScheduleSnapshot {
        var found = ScheduleSnapshot()
        found.running = running.values
            .map { .init(request: $0.request, since: ($0.startedAt ?? $0.readyAt).date) }
            .sorted { ($0.since, $0.request.id) < ($1.since, $1.request.id) }
        let lines = throughputLine.runs + latencyLine.runs
        found.waiting = lines.prefix(ScheduleSnapshot.maxWaiting).map { run in
            .init(request: run.request, latest: run.latest.date, reason: sentence(whileWaiting: run.request))
        }
        let paused = delayed.elements.map(\.run)
        found.waiting += paused.prefix(ScheduleSnapshot.maxWaiting - found.waiting.count).map { run in
            .init(request: run.request, latest: run.latest.date, reason: "it is tried again at \(run.readyAt.text)")
        }
        found.waitingCount = lines.count + paused.count
        return found
    }
}
