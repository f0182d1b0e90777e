import Scheduler

/// Watches a running agent: a port for whoever shows, counts or reports what happens.
package protocol RunObserver: Sendable {
    /// Takes in what happened.
    ///
    /// It is called for one event after the other, in their order, on a task of the observer's own: neither the schedule nor another observer
    /// waits for it. What comes while ``RunObservers/maxQueued`` events wait is left out, and ``RunEvent/left(_:)`` stands in its
    /// place. It must suspend rather than block, and return soon once its task is cancelled.
    ///
    /// - Parameter now: what runs and what waits, for who asks.
    func observe(_ event: RunEvent, _ now: RunsNow) async
}

/// What runs and what waits, by the schedule's own word.
package struct RunsNow: Sendable {
    private let control: ScheduleControl

    package init(_ control: ScheduleControl) {
        self.control = control
    }

    /// - Returns: as it is by the time at which the schedule answers, which may be after the event; empty once it has ended.
    package func snapshot() async -> ScheduleSnapshot { await control.snapshot() }
}
