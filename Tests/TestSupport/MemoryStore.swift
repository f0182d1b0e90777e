import FleetModel
import Foundation
import Synchronization

/// A store in memory that keeps what the ports promise, and whose disk does what a test says.
package final class MemoryStore: RunStore, RunReading {
    /// What a test lets the store say.
    package struct Fault: RunStoreError, Equatable {
        package var isOfTheStore: Bool
        package var kind: RunStoreErrorKind
        package var description: String

        package init(
            isOfTheStore: Bool = true, kind: RunStoreErrorKind = .busy, description: String = "the store is full"
        ) {
            self.isOfTheStore = isOfTheStore
            self.kind = kind
            self.description = description
        }
    }

    struct JobSlot: Hashable {
        let job: String
        let slot: Int64
    }

    struct Row {
        let id: Int64
        var result: ProbeResult
    }

    struct KnownTarget {
        var stored: StoredTarget
        var firstSeen: Date
    }

    /// What a commit changes: it is taken back as a whole.
    struct Contents {
        /// By their ids, which grow.
        var rows: [Row] = []
        var runIDs: [UUID: Int] = [:]
        var slots: [JobSlot: Int64] = [:]
        var events: [StoreEvent] = []
        var targets: [String: KnownTarget] = [:]
    }

    private struct Disk {
        var fault: Fault?
        /// Targets whose rows are refused for their own sake.
        var refused: Set<String> = []
        var commits: [Int] = []
        var tries = 0
        var looks = 0
        /// What the next look tells.
        var replacement: String?
        /// What a commit whose answer is lost does: keeps, and throws.
        var losesAnswer = false
        var isClosed = false
    }

    private struct State {
        var contents = Contents()
        var disk = Disk()
    }

    package let storeID: String
    private let state = Mutex(State())

    package init(storeID: String = "0123456789abcdef0123456789abcdef") {
        self.storeID = storeID
    }

    // MARK: What a test sees and says

    /// What was kept, in its order.
    package var results: [ProbeResult] { state.withLock { $0.contents.rows.map(\.result) } }
    package var keptEvents: [StoreEvent] { state.withLock { $0.contents.events } }
    /// How many results each transaction had.
    package var commits: [Int] { state.withLock { $0.disk.commits } }
    /// Transactions of results that were begun, those that failed too.
    package var tries: Int { state.withLock { $0.disk.tries } }

    package var looks: Int { state.withLock { $0.disk.looks } }

    /// From now on every call fails; nil ends that.
    package func fail(with fault: Fault?) { state.withLock { $0.disk.fault = fault } }
    /// Refuses the runs of a target for their own sake.
    package func refuse(_ target: String) { _ = state.withLock { $0.disk.refused.insert(target) } }
    /// The next look says that another store took the place of this one.
    package func replace(_ sentence: String) { state.withLock { $0.disk.replacement = sentence } }
    package func loseNextAnswer() { state.withLock { $0.disk.losesAnswer = true } }

    // MARK: Transactions

    func reading<Value>(_ body: (Contents) throws -> Value) throws -> Value {
        let contents = try state.withLock { state in
            try Self.check(state.disk)
            return state.contents
        }
        return try body(contents)
    }

    /// All or nothing.
    func writing<Value: Sendable>(_ body: (inout Contents) throws -> Value) throws -> Value {
        try state.withLock { state in
            try Self.check(state.disk)
            return try body(&state.contents)
        }
    }

    private static func check(_ disk: Disk) throws {
        if let fault = disk.fault { throw fault }
        if disk.isClosed { throw Fault(isOfTheStore: false, kind: .unusable, description: "the store is closed") }
    }

    package func close() throws { state.withLock { $0.disk.isClosed = true } }

    // MARK: Writing

    package func keep(_ results: [ProbeResult], configurationHash: String?) async throws -> [RecordAnswer] {
        guard !results.isEmpty else { return [] }
        return try state.withLock { state in
            state.disk.tries += 1
            try Self.check(state.disk)
            if let bad = results.first(where: { state.disk.refused.contains($0.target) }) {
                throw Fault(isOfTheStore: false, kind: .unusable, description: "the row of \(bad.target) is refused")
            }
            state.disk.commits.append(results.count)
            let answers = results.map { state.contents.add($0) }
            if state.disk.losesAnswer {
                state.disk.losesAnswer = false
                throw Fault(description: "the disk did not answer")
            }
            return answers
        }
    }

    package func keep(_ event: StoreEvent) async throws {
        try writing { $0.events.append(event) }
    }

    package func look() async throws -> String? {
        try state.withLock { state in
            state.disk.looks += 1
            try Self.check(state.disk)
            defer { state.disk.replacement = nil }
            return state.disk.replacement
        }
    }

    package func update(targets: [Target], at date: Date) async throws {
        try writing { contents in
            for name in contents.targets.keys { contents.targets[name]?.leaveFleet() }
            for target in targets {
                let known = contents.targets[target.name]?.firstSeen
                // A clock was ahead when the target was first seen: its first run under a right one, or now.
                let seen =
                    known.map { $0 <= date ? $0 : min(contents.firstRun(of: target.name, until: date) ?? date, date) }
                contents.targets[target.name] = KnownTarget(stored: StoredTarget(target), firstSeen: seen ?? date)
            }
        }
    }
}

extension MemoryStore.Contents {
    fileprivate mutating func add(_ found: ProbeResult) -> RecordAnswer {
        let result = found.asKept
        if targets[result.target] == nil {
            targets[result.target] = .init(
                stored: StoredTarget(
                    name: result.target, kind: nil, address: nil, group: nil, tags: [:], plan: nil, isInFleet: false),
                firstSeen: result.startedAt)
        }
        let slot = result.jobSlot
        guard runIDs[result.runID] == nil, slot.map({ slots[$0] == nil }) ?? true else { return .alreadyRecorded }
        let id = (rows.last?.id ?? 0) + 1
        runIDs[result.runID] = rows.count
        if let slot { slots[slot] = id }
        rows.append(.init(id: id, result: result))
        return .recorded
    }

    /// When the first run of a target was due, or began, under a right clock and not after an instant.
    func firstRun(of target: String, until instant: Date) -> Date? {
        rows.map(\.result)
            .filter { $0.target == target && $0.startedAt <= instant && $0.isPlacedInTime }
            .map { $0.scheduledAt ?? $0.startedAt }
            .min()
    }
}

extension ProbeResult {
    var jobSlot: MemoryStore.JobSlot? {
        guard let jobID, let slot else { return nil }
        return .init(job: jobID, slot: slot)
    }
}

extension MemoryStore.KnownTarget {
    fileprivate mutating func leaveFleet() {
        stored = StoredTarget(
            name: stored.name, kind: stored.kind, address: stored.address, group: stored.group, tags: stored.tags,
            plan: stored.plan, isInFleet: false)
    }
}
