import FleetModel

/// What a ``RunRecorder`` has been given and the store has not got yet, in the order in which it goes there.
struct RecorderQueue {
    enum Item: Sendable {
        case result(ProbeResult, configurationHash: String?, kept: (@Sendable (Bool) -> Void)?)
        case event(StoreEvent)
        /// Work on the store that goes behind all before it; tried again like a result.
        case work(@Sendable () async throws -> Void)

        /// Whether it is the result of a run that somebody asked for.
        fileprivate var isAwaited: Bool {
            if case .result(let result, _, _) = self { result.trigger == .manual } else { false }
        }
    }

    /// Nothing more is expected.
    var isClosed = false
    /// Who ends the recorder is in a hurry.
    var isHurried = false
    /// Nothing is taken any more.
    private(set) var hasEnded = false
    /// Results that wait, and those of them that are no rows of missed slots.
    private(set) var results = 0
    private(set) var measured = 0

    /// Those before `begin` are done.
    private var items: [Item] = []
    private var begin = 0
    /// How many at the front are being committed.
    private var inFlight = 0

    var isEmpty: Bool { begin == items.count }

    /// A run that somebody asked for goes before the others: somebody waits for it, and no slot depends on it.
    mutating func append(_ item: Item) {
        if item.isAwaited {
            let first = min(begin + inFlight, items.count)
            items.insert(item, at: items[first...].firstIndex { !$0.isAwaited } ?? items.count)
        } else {
            items.append(item)
        }
        count(item, 1)
    }

    /// What goes into the next transaction: results of one configuration, or one thing else. It is in flight until ``done()``.
    mutating func takeNext(_ most: Int) -> [Item] {
        let batch = next(most)
        inFlight = batch.count
        return batch
    }

    /// What was in flight is in the store, or refused by it.
    mutating func done() {
        for item in items[begin...].prefix(inFlight) { count(item, -1) }
        begin += inFlight
        inFlight = 0
        // Shifting the array costs as much as what is left in it.
        if begin > items.count / 2 {
            items.removeFirst(begin)
            begin = 0
        }
    }

    /// - Returns: all that is left, which nobody will keep.
    mutating func end() -> [Item] {
        let left = Array(items[begin...])
        self = RecorderQueue()
        isClosed = true
        hasEnded = true
        return left
    }

    private func next(_ most: Int) -> [Item] {
        guard begin < items.count, case .result(_, let hash, _) = items[begin] else {
            return Array(items[begin...].prefix(1))
        }
        let batch = items[begin...].prefix(most).prefix { item in
            if case .result(_, hash, _) = item { true } else { false }
        }
        // A copy of its own: a slice would make the next append copy all that wait.
        return Array(batch)
    }

    private mutating func count(_ item: Item, _ step: Int) {
        guard case .result(let result, _, _) = item else { return }
        results += step
        if case .missed = result.outcome { return }
        measured += step
    }
}
