/// One entry under `schedule:`: when slots begin and how starts are spread inside them.
public struct ScheduleEntry: Sendable, Equatable {
    public enum Timing: Sendable, Equatable {
        /// Slot k begins at the epoch + k × interval, in UTC.
        case every(Duration)
        /// Slot k begins at the k-th match in the fleet's zone.
        case cron(CronExpression)
    }

    public enum Jitter: Sendable, Equatable {
        /// Evenly between 0 and the limit, new for each slot; nil takes a tenth of the interval.
        case uniform(limit: Duration?)
        /// Exponential gaps with the interval as mean, clamped to 0.1 … 2.5 of it.
        case poisson
    }

    /// By which its jobs are known, whatever stands before it in its list; nil numbers the entry.
    public let name: String?
    public let timing: Timing
    public let jitter: Jitter
    /// Over which time the targets of a cron entry are spread; nil for `every`, whose interval serves.
    public let spread: Duration?
    /// How much later than planned a run may still start; nil is half of the interval.
    public let slip: Duration?

    public init(
        name: String? = nil, timing: Timing, jitter: Jitter = .uniform(limit: nil), spread: Duration? = nil,
        slip: Duration? = nil
    ) {
        self.name = name
        self.timing = timing
        self.jitter = jitter
        self.spread = spread
        self.slip = slip
    }
}

extension ScheduleEntry {
    /// What stays free between the latest end of one run and the next start of the same job.
    public static let guardTime: Duration = .seconds(2)

    /// How far each slot's start may move, 0 up to this; zero for `jitter: poisson`, which is not a movement.
    ///
    /// By default a tenth of the interval, or for cron a tenth of the spread.
    public var jitterLimit: Duration {
        guard case .uniform(let limit) = jitter else { return .zero }
        if let limit { return limit }
        switch timing {
        case .every(let interval): return interval / 10
        case .cron: return (spread ?? .zero) / 10
        }
    }

    /// The least time from one start of a job to its next; nil where a cron expression matches once only.
    public var shortestGap: Duration? {
        switch (timing, jitter) {
        case (.every(let interval), .poisson): interval / 10
        case (.every(let interval), .uniform): interval - jitterLimit
        case (.cron(let cron), _): cron.shortestGap.map { $0 - jitterLimit }
        }
    }
}
