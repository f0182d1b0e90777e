import FleetModel
import Foundation
import Logging
import Synchronization

/// Keeps results beside the schedule's loop: they go in at once, are committed in batches in their order, and wait while the store cannot
/// keep them (docs/decisions/recorder.md).
///
/// Nothing that was handed over is dropped. Where the store is locked, full or away, the same batch is tried again after a pause, without
/// end; a log line and an event stand at the begin and at the end of such a time. A result that the store refuses for its own sake is
/// written out into the log and an event, and the others go on.
package final class RunRecorder: Sendable {
    /// What the recorder tells, in the order in which it happens.
    package enum Notice: Sendable, Equatable {
        /// So many wait that no test is to start any more; the sentence says what is wrong with the store.
        case holdsNoMore(String)
        case hasRoom
        /// Another store took the place of the one before: it knows nothing of the fleet yet.
        case tookOver
    }

    /// The lengths and times of a recorder.
    package struct Limits: Sendable {
        /// Results in one transaction.
        package var batch = 500
        /// Results that may wait before no test starts any more.
        package var waiting = 10_000
        /// The pause after the first failure; each further one is twice as long.
        package var firstPause = Duration.milliseconds(250)
        package var longestPause = Duration.seconds(5)
        /// How often the store is looked at while nothing is handed over.
        package var lookEvery = Duration.seconds(1)

        package init() {}
    }

    private typealias Item = RecorderQueue.Item

    private static let hurriedPatience = Duration.seconds(1)

    private let store: any RunStore
    private let limits: Limits
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let sleep: @Sendable (Duration) async throws -> Void
    private let noticed: @Sendable (Notice) -> Void
    private let queue = Mutex(RecorderQueue())
    private let isFull = Mutex(false)
    /// What is wrong with the store, while it is.
    private let trouble = Mutex<String?>(nil)
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    /// - Parameters:
    ///   - sleep: waits between two tries.
    ///   - noticed: is called on the recorder's task or the caller's of ``record(_:configurationHash:kept:)``.
    package init(
        store: any RunStore, limits: Limits = Limits(), logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        noticed: @escaping @Sendable (Notice) -> Void = { _ in }
    ) {
        self.store = store
        self.limits = limits
        self.logger = logger
        self.now = now
        self.sleep = sleep
        self.noticed = noticed
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// How many results wait for their commit.
    package var waiting: Int { queue.withLock { $0.results } }

    // MARK: Handing over

    /// Takes a result at once. After ``finish(within:)`` it is said in the log and not kept.
    ///
    /// - Parameter kept: is called once: with true after the commit, or with false when the store refuses it or none comes any more.
    package func record(
        _ result: ProbeResult, configurationHash: String?, kept: (@Sendable (Bool) -> Void)? = nil
    ) {
        add(.result(result, configurationHash: configurationHash, kept: kept))
    }

    /// Takes an event at once, behind all that was handed over before.
    package func record(_ event: StoreEvent) {
        add(.event(event))
    }

    /// Takes work on the store at once, behind all that was handed over before.
    package func perform(_ work: @escaping @Sendable () async throws -> Void) {
        add(.work(work))
    }

    private func add(_ item: Item) {
        let trouble = trouble.withLock { $0 }
        let (isTaken, results) = queue.withLock { queue in
            guard !queue.hasEnded else { return (false, 0) }
            queue.append(item)
            // Rows of slots that nobody was there for can be a million at a start. A store that works takes them, and they hold up no test.
            return (true, trouble == nil ? queue.measured : queue.results)
        }
        guard isTaken else {
            giveUp([item])
            return
        }
        wake.yield()
        if results >= limits.waiting {
            tellFull(trouble ?? "the store is too slow for the \(results) that wait")
        }
    }

    // MARK: Committing

    /// Commits what is handed over until ``finish(within:)`` and everything before it is kept. To be run once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watch() }
            for await _ in wakes {
                await drain()
                if queue.withLock({ $0.isClosed && $0.isEmpty }) { break }
            }
            group.cancelAll()
        }
    }

    /// Looks at the store also while nobody hands anything over: an operator who removed it should hear of it now, and not with the next
    /// result.
    private func watch() async {
        while (try? await Task.sleep(for: limits.lookEvery)) != nil {
            // Where something waits, the store is being tried already.
            guard queue.withLock({ $0.isEmpty && !$0.isClosed }) else { continue }
            perform { [self] in
                guard let sentence = try await store.look() else { return }
                logger.notice("\(sentence)")
                noticed(.tookOver)
                record(StoreEvent(date: now(), kind: .storeReplaced, message: sentence))
            }
        }
    }

    private func drain() async {
        while true {
            let batch = queue.withLock { $0.hasEnded ? [] : $0.takeNext(limits.batch) }
            guard !batch.isEmpty else { return }
            guard let kept = await keepInTheEnd(batch) else { return }
            let results = queue.withLock { queue -> Int? in
                guard !queue.hasEnded else { return nil }
                queue.done()
                return queue.measured
            }
            // Who gave up in the meantime was told so.
            guard let results else { return }
            for (item, isKept) in zip(batch, kept) {
                if case .result(_, _, let answer?) = item { answer(isKept) }
            }
            if results < limits.waiting / 2 { tellRoom() }
        }
    }

    /// - Returns: for each item whether the store has it, false where it refuses it; nil when the recorder was ended before.
    private func keepInTheEnd(_ batch: [Item]) async -> [Bool]? {
        var pause = limits.firstPause
        var began: (date: Date, sentence: String)?
        while true {
            do {
                let kept = try await keepOrRefuse(batch)
                if let began { await told(began) }
                return kept
            } catch {
                if began == nil {
                    began = (now(), "\(error)")
                    trouble.withLock { $0 = "\(error)" }
                    logger.error("results wait, none is lost: \(error)")
                }
            }
            do { try await sleep(pause) } catch { return nil }
            guard !queue.withLock({ $0.hasEnded }) else { return nil }
            pause = min(pause * 2, limits.longestPause)
        }
    }

    /// - Returns: for each item whether the store has it, false where it refuses it.
    /// - Throws: why the store keeps nothing now.
    private func keepOrRefuse(_ batch: [Item]) async throws -> [Bool] {
        do {
            try await keep(batch)
            return batch.map { _ in true }
        } catch {
            guard !Self.isOfTheStore(error) else { throw error }
            return try await keepOneByOne(batch)
        }
    }

    private static func isOfTheStore(_ error: any Error) -> Bool {
        (error as? any RunStoreError)?.isOfTheStore ?? false
    }

    private func keep(_ batch: [Item]) async throws {
        switch batch.first {
        case .result(_, let hash, _)?:
            let results = batch.compactMap { item in
                if case .result(let result, _, _) = item { result } else { nil }
            }
            _ = try await store.keep(results, configurationHash: hash)
        case .event(let event)?: try await store.keep(event)
        case .work(let work)?: try await work()
        case nil: break
        }
    }

    /// The store works again: it is said, and both ends of the time stand in it.
    private func told(_ began: (date: Date, sentence: String)) async {
        trouble.withLock { $0 = nil }
        let seconds = max(now().timeIntervalSince(began.date), 0)
        let message = "results are kept again after \(Int(seconds.rounded())) s"
        logger.notice("\(message)")
        do {
            try await store.keep(
                StoreEvent(date: began.date, kind: .resultsNotKept, message: "results waited: \(began.sentence)"))
            try await store.keep(StoreEvent(date: now(), kind: .resultsKept, message: message))
        } catch {
            logger.warning("the events of this time could not be kept: \(error)")
        }
    }

    /// Finds out whether the store or one of the rows is to blame: what is refused by itself is written out, and a store that keeps an event
    /// of it works.
    private func keepOneByOne(_ batch: [Item]) async throws -> [Bool] {
        var refusals: [(any Error)?] = []
        for item in batch {
            do {
                try await keep([item])
                refusals.append(nil)
            } catch {
                guard !Self.isOfTheStore(error) else { throw error }
                refusals.append(error)
            }
        }
        for case (let item, let error?) in zip(batch, refusals) {
            let text = "the store refuses \(Self.written(item)): \(error)"
            try await store.keep(StoreEvent(date: now(), kind: .resultRefused, message: text))
            logger.error("\(text)")
        }
        return refusals.map { $0 == nil }
    }

    private static func written(_ item: Item) -> String {
        switch item {
        case .result(let result, _, _): "the result \(result)"
        case .event(let event): "the event \(event.message)"
        case .work: "a change of rows that a reload or a jump of the clock asked for"
        }
    }

    // MARK: Limits

    private func tellFull(_ sentence: String) {
        let isNew = isFull.withLock { isFull in
            defer { isFull = true }
            return !isFull
        }
        guard isNew else { return }
        logger.error("no test starts until the store keeps results again: \(sentence)")
        noticed(.holdsNoMore(sentence))
    }

    private func tellRoom() {
        let isNew = isFull.withLock { isFull in
            defer { isFull = false }
            return isFull
        }
        guard isNew else { return }
        logger.notice("tests start again")
        noticed(.hasRoom)
    }

    // MARK: End

    /// Takes nothing more, and waits until everything is kept, but no longer than `patience`.
    ///
    /// - Returns: how many results were not kept; each of them is written out into the log.
    package func finish(within patience: Duration) async -> Int {
        queue.withLock { $0.isClosed = true }
        wake.yield()
        let deadline = ContinuousClock.now + patience
        let began = ContinuousClock.now
        while queue.withLock({ !$0.isEmpty }) {
            let end = queue.withLock { $0.isHurried } ? min(deadline, began + Self.hurriedPatience) : deadline
            guard ContinuousClock.now < end else { break }
            try? await Task.sleep(for: .milliseconds(5))
        }
        let left = queue.withLock { $0.end() }
        wake.finish()
        return giveUp(left)
    }

    /// Lets ``finish(within:)`` wait one second at most: whoever stops the agent did so twice.
    package func hurry() {
        queue.withLock { $0.isHurried = true }
    }

    /// - Returns: how many results are lost. Rows of missed slots are not among them: the next start finds those slots again, since all later
    ///   ones of their jobs stand behind them.
    @discardableResult
    private func giveUp(_ items: [Item]) -> Int {
        var lost = 0
        var missed = 0
        for item in items {
            if case .result(let result, _, let kept) = item {
                kept?(false)
                if case .missed = result.outcome {
                    missed += 1
                    continue
                }
                lost += 1
            }
            logger.error("not kept: \(Self.written(item))")
        }
        if missed > 0 { logger.notice("\(missed) rows of missed slots are left to the next start") }
        return lost
    }
}
