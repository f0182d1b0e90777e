import Foundation

/// The wall clock as the performer sees it; tests bring their own.
public protocol SchedulerClock: Sendable {
    /// What the wall clock shows.
    func now() -> Date

    /// Waits as long as it is from now to a time, by the monotonic clock: setting the wall clock meanwhile changes
    /// nothing.
    ///
    /// - Throws: when the task is cancelled.
    func sleep(until time: Date) async throws
}

/// The clock of this machine.
public struct SystemClock: SchedulerClock {
    public init() {}

    public func now() -> Date { Date() }

    public func sleep(until time: Date) async throws {
        let seconds = min(max(time.timeIntervalSinceNow, 0), 86400)
        try await Task.sleep(for: .seconds(seconds), tolerance: .milliseconds(1), clock: .continuous)
    }
}
