import Foundation
import Synchronization

@testable import Scheduler

/// A clock that stands still until a test moves it.
final class TestClock: SchedulerClock {
    private struct State {
        var now: Date
        var lastID = 0
        var sleepers: [Int: (time: Date, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>
    /// The end of each sleep, in the order in which they began.
    let sleeps: AsyncStream<Date>
    private let sleepBegan: AsyncStream<Date>.Continuation

    init(_ now: Date) {
        state = Mutex(State(now: now))
        (sleeps, sleepBegan) = AsyncStream.makeStream(of: Date.self)
    }

    func now() -> Date { state.withLock { $0.now } }

    func sleep(until time: Date) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    state.sleepers[id] = (time, continuation)
                    return false
                }
                if isOver { continuation.resume(throwing: CancellationError()) } else { sleepBegan.yield(time) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(id)
                return state.sleepers.removeValue(forKey: id)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Sets the clock and wakes who slept until then.
    func set(to time: Date) {
        let woken = state.withLock { state in
            state.now = time
            let due = state.sleepers.filter { $0.value.time <= time }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Lets time pass as fast as somebody sleeps for it, until the task is cancelled.
    func runFast() async {
        for await time in sleeps { set(to: max(now(), time)) }
    }
}
