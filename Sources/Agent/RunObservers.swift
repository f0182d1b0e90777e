import Scheduler

/// Tells observers what happens, beside the schedule: to tell costs the same whatever they do.
package struct RunObservers: Sendable {
    /// The most events that wait for one observer.
    package static let maxQueued = 1000

    private let observers: [(observer: any RunObserver, queue: ObserverQueue)]

    package init(_ observers: [any RunObserver], maxQueued: Int = Self.maxQueued) {
        self.observers = observers.map { ($0, ObserverQueue(limit: maxQueued)) }
    }

    /// Returns at once.
    package func tell(_ event: RunEvent) { tell([event]) }

    /// Returns at once; where nobody observes, nothing is put together: the slots of a long down time can be a million.
    package func tell(_ gathered: @autoclosure () -> [RunEvent]) {
        guard !observers.isEmpty else { return }
        let events = gathered()
        guard !events.isEmpty else { return }
        for (_, queue) in observers { queue.add(events) }
    }

    /// Hands events over until ``finish(within:)`` or until the task is cancelled. To be run once.
    package func run(_ control: ScheduleControl) async {
        await withDiscardingTaskGroup { group in
            for (observer, queue) in observers {
                group.addTask { await queue.run(observer, RunsNow(control)) }
            }
        }
    }

    /// Takes nothing more, and waits until the observers took in what there is, but no longer than `patience`.
    package func finish(within patience: Duration) async {
        for (_, queue) in observers { queue.close() }
        let deadline = ContinuousClock.now + patience
        while !observers.allSatisfy({ $0.queue.isIdle }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
