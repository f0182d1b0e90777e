import FleetModel
import Synchronization

/// A store in memory whose disk does what a test says.
final class RunStoreDouble: RunStore {
    struct Fault: RunStoreError {
        var isOfTheStore = true
        var description = "the store is full"
    }

    private struct State {
        var results: [ProbeResult] = []
        var events: [StoreEvent] = []
        var fault: Fault?
        /// Targets whose rows are refused for their own sake.
        var refused: Set<String> = []
        var commits: [Int] = []
        var tries = 0
        var looks = 0
        /// What a commit whose answer is lost does: keeps, and throws.
        var losesAnswer = false
        /// What the next look tells.
        var replacement: String?
    }

    private let state = Mutex(State())

    var results: [ProbeResult] { state.withLock { $0.results } }
    var events: [StoreEvent] { state.withLock { $0.events } }
    var commits: [Int] { state.withLock { $0.commits } }
    var looks: Int { state.withLock { $0.looks } }
    var tries: Int { state.withLock { $0.tries } }

    func fail(with fault: Fault?) { state.withLock { $0.fault = fault } }
    func refuse(_ target: String) { _ = state.withLock { $0.refused.insert(target) } }
    func replace(_ sentence: String) { state.withLock { $0.replacement = sentence } }
    func loseNextAnswer() { state.withLock { $0.losesAnswer = true } }

    func keep(_ results: [ProbeResult], configurationHash: String?) async throws -> [RecordAnswer] {
        try state.withLock { state in
            state.tries += 1
            if let fault = state.fault { throw fault }
            if let bad = results.first(where: { state.refused.contains($0.target) }) {
                throw Fault(isOfTheStore: false, description: "the row of \(bad.target) is refused")
            }
            state.commits.append(results.count)
            var answers: [RecordAnswer] = []
            for result in results {
                let isKnown = state.results.contains { $0.runID == result.runID }
                if !isKnown { state.results.append(result) }
                answers.append(isKnown ? .alreadyRecorded : .recorded)
            }
            if state.losesAnswer {
                state.losesAnswer = false
                throw Fault(description: "the disk did not answer")
            }
            return answers
        }
    }

    func look() async throws -> String? {
        try state.withLock { state in
            state.looks += 1
            if let fault = state.fault { throw fault }
            defer { state.replacement = nil }
            return state.replacement
        }
    }

    func keep(_ event: StoreEvent) async throws {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            state.events.append(event)
        }
    }
}
