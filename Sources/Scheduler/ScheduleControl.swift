import FleetModel
import Foundation

/// What other tasks can ask of a running ``ScheduleRunner``: stop, another fleet, a run right now.
public struct ScheduleControl: Sendable {
    /// How a run that somebody asked for went.
    public enum ManualOutcome: Sendable, Equatable {
        /// The result, and whether the store has it.
        case done(ProbeResult, isStored: Bool)
        /// No opening came in time; the sentence says what it waited for.
        case busy(String)
        /// The fleet in force has no such target or probe.
        case unknown
        /// The scheduler is stopping.
        case impossible
    }

    enum Command: Sendable {
        case stop
        case reload(Fleet)
        case run(target: String, probe: String, patience: Duration, answer: @Sendable (ManualOutcome) -> Void)
        /// The answer is called once.
        case snapshot(answer: @Sendable (ScheduleSnapshot) -> Void)

        /// Says that nobody will obey any more.
        func refuse() {
            switch self {
            case .stop, .reload: break
            case .run(_, _, _, let answer): answer(.impossible)
            case .snapshot(let answer): answer(ScheduleSnapshot())
            }
        }
    }

    let send: @Sendable (ScheduleEvent) -> Void

    /// Starts nothing any more, lets what runs end within the grace period, then cancels it.
    public func stop() {
        send(.command(.stop))
    }

    /// Starts nothing any more and cancels what runs, at once; its results are recorded as interrupted.
    public func cutOff() {
        send(.command(.stop))
        send(.graceEnded)
    }

    /// Goes on with a fleet file that was read again.
    public func reload(_ fleet: Fleet) {
        send(.command(.reload(fleet)))
    }

    /// No room is left for results: nothing starts until ``resultsAreKeptAgain()``, and slots that pass meanwhile are missed.
    ///
    /// - Parameter sentence: why, as in "the store … is full".
    public func resultsCannotBeKept(_ sentence: String) {
        send(.resultsCannotBeKept(sentence))
    }

    /// There is room for results again.
    public func resultsAreKeptAgain() {
        send(.resultsAreKeptAgain)
    }

    /// Asks for a run with top priority. It is recorded like any other.
    ///
    /// - Parameters:
    ///   - patience: how long it may wait for an opening.
    ///   - answer: is called once, when the run was kept, could not be kept in time, or will not come; not at all if the runner has ended
    ///     before.
    public func runNow(
        target: String, probe: String, patience: Duration = .seconds(60),
        answer: @escaping @Sendable (ManualOutcome) -> Void
    ) {
        send(.command(.run(target: target, probe: probe, patience: patience, answer: answer)))
    }
}

extension ScheduleControl {
    /// What runs and what waits; empty before the runner began and after it ended.
    public func snapshot() async -> ScheduleSnapshot {
        await withCheckedContinuation { continuation in
            send(.command(.snapshot { continuation.resume(returning: $0) }))
        }
    }
}

/// What wakes a ``ScheduleRunner``.
enum ScheduleEvent: Sendable {
    case command(ScheduleControl.Command)
    case runEnded(RunRequest, ProbeResult)
    case timerFired(Int)
    case graceEnded
    case resultsCannotBeKept(String)
    case resultsAreKeptAgain
}
