import Foundation

/// What can be asked of a store of results: a port that each kind of store fulfils (docs/architecture.md, ports).
///
/// Each call sees one unchanging state of the store, and all that was acknowledged before it. A call that fails throws a
/// ``RunStoreError``. Runs come back as ``ProbeResult/asKept`` says.
public protocol RunReading: Sendable {
    /// Chosen when the store was made and never changed: the schedule's seed where the fleet file has none.
    var storeID: String { get }

    /// The newest runs first, by their start; those whose time is not known, since the clock was wrong, come last.
    ///
    /// - Parameter limit: 1 … ``RunQuery/maxRows``; what lies outside is brought inside.
    func runs(_ query: RunQuery, limit: Int) async throws -> [ProbeResult]

    /// How many runs there are, however many ``runs(_:limit:)`` would give.
    func count(_ query: RunQuery) async throws -> Int

    /// Goes through any number of runs, the oldest first, one at a time.
    ///
    /// - Parameters:
    ///   - initial: what to start from.
    ///   - body: takes one run in; its error ends the reading and is thrown on, as it is or in a ``RunStoreError``.
    /// - Returns: what `body` made of it.
    func fold<Value: Sendable>(
        _ query: RunQuery, into initial: Value, _ body: @escaping @Sendable (inout Value, ProbeResult) throws -> Void
    ) async throws -> Value

    /// One run with its samples, nil where the store has none of that id.
    func run(id: UUID) async throws -> ProbeResult?

    /// The newest slot that has a result, by job (``ProbeJob/id``): where the schedule goes on after a restart.
    ///
    /// - Parameter now: slots of runs that began more than ``WrongRows/tolerance`` after it are not believed; a clock was wrong.
    func latestSlots(now: Date) async throws -> [String: Int64]

    /// When each target was first heard of, by its name: no slot before it was due for anybody.
    ///
    /// Where a wrong clock wrote that down, ahead or far behind, the first run under a right clock says it.
    ///
    /// - Parameter now: what lies after it is not believed.
    func firstSeen(now: Date) async throws -> [String: Date]

    /// The agent's events, the newest first.
    ///
    /// - Parameters:
    ///   - period: events in it, its end not; nil takes all.
    ///   - limit: 1 … ``RunQuery/maxRows``; what lies outside is brought inside.
    func events(in period: Range<Date>?, limit: Int) async throws -> [StoreEvent]

    /// Every target that the store knows, by name.
    func targets() async throws -> [StoredTarget]

    /// The row of the run that was kept last, 0 in an empty store: runs that are kept from now on have greater ones.
    func newestRow() async throws -> Int64
}

extension RunReading {
    /// The newest 100 runs of a query, as ``runs(_:limit:)`` gives them.
    public func runs(_ query: RunQuery = RunQuery()) async throws -> [ProbeResult] {
        try await runs(query, limit: 100)
    }

    /// The newest runs of all, as ``runs(_:limit:)`` gives them.
    public func runs(limit: Int) async throws -> [ProbeResult] {
        try await runs(RunQuery(), limit: limit)
    }

    /// How many runs there are in all.
    public func count() async throws -> Int {
        try await count(RunQuery())
    }

    /// The newest 100 events of a period, as ``events(in:limit:)`` gives them.
    public func events(in period: Range<Date>?) async throws -> [StoreEvent] {
        try await events(in: period, limit: 100)
    }

    /// The newest events of all, as ``events(in:limit:)`` gives them.
    public func events(limit: Int = 100) async throws -> [StoreEvent] {
        try await events(in: nil, limit: limit)
    }
}
