import Synchronization

/// What one observer has not taken in yet.
final class ObserverQueue: Sendable {
    private struct State {
        var events: [RunEvent] = []
        /// Events that came while there was no room.
        var left = 0
        var isBusy = false
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(limit: Int) {
        self.limit = limit
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether everything that was added was taken in.
    var isIdle: Bool { state.withLock { $0.events.isEmpty && $0.left == 0 && !$0.isBusy } }

    /// Never waits; what there is no room for is counted.
    func add(_ events: [RunEvent]) {
        state.withLock { state in
            guard !state.isClosed else { return }
            // Once something was left out, all that follows is, until the observer has been told where.
            let room = state.left > 0 ? 0 : max(limit - state.events.count, 0)
            state.events += events.prefix(room)
            state.left += max(events.count - room, 0)
        }
        wake.yield()
    }

    /// Takes nothing more; what waits may still be taken in.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.yield()
    }

    /// Hands over one event after the other until the queue is closed and empty, or the task is cancelled.
    func run(_ observer: any RunObserver, _ now: RunsNow) async {
        for await _ in wakes {
            while let events = take() {
                for event in events where !Task.isCancelled { await observer.observe(event, now) }
                guard !Task.isCancelled else { return }
            }
            if state.withLock({ $0.isClosed }) { return }
        }
    }

    private func take() -> [RunEvent]? {
        state.withLock { state in
            var events = state.events
            if state.left > 0 { events.append(.left(state.left)) }
            state.events = []
            state.left = 0
            state.isBusy = !events.isEmpty
            return events.isEmpty ? nil : events
        }
    }
}
