import Foundation

/// Where results go: a port that each kind of store fulfils (docs/architecture.md, ports). What is read comes through ``RunReading``.
///
/// What a method acknowledges has reached the disk, also when the task that called it was cancelled meanwhile. To hand over a result a
/// second time is harmless: its run id tells. Where a method fails, it throws a ``RunStoreError`` where it is known what that means.
public protocol RunStore: Sendable {
    /// Keeps several results in one transaction: all or none. Of each is kept what ``ProbeResult/asKept`` says.
    ///
    /// A target that nobody named before becomes known with its first run.
    ///
    /// - Parameter configurationHash: names the fleet file that the runs followed; nil where there was none.
    /// - Returns: one answer a result, in their order.
    /// - Throws: when they could not be kept.
    func keep(_ results: [ProbeResult], configurationHash: String?) async throws -> [RecordAnswer]

    /// Keeps an event of the agent.
    ///
    /// - Throws: when it could not be kept.
    func keep(_ event: StoreEvent) async throws

    /// Takes over what a fleet file says of its targets: kind, address, group, tags and plan.
    ///
    /// Targets that are no longer in the file stay known, with what the last file that named them said.
    ///
    /// - Parameter date: when the fleet was loaded.
    /// - Throws: when it could not be kept.
    func update(targets: [Target], at date: Date) async throws

    /// Marks the runs that begin more than ``WrongRows/tolerance`` after now with ``RunFlag/clockWrong``, and takes their slots from them.
    ///
    /// A run from ahead of the clock cannot be right while the clock is. It keeps its figures and its ``ProbeResult/scheduledAt``; its
    /// slot is free for the run that is due then.
    ///
    /// - Returns: those that were not marked before.
    func markRuns(aheadOf now: Date) async throws -> WrongRows

    /// Marks the runs that were kept after a row and began before an instant: they were made while the clock was behind.
    ///
    /// - Parameter row: of ``RunReading/newestRow()``.
    /// - Returns: those that were not marked before.
    func markRuns(after row: Int64, behind instant: Date) async throws -> WrongRows

    /// Takes marks back where a run is no longer ahead of the clock: the clock was behind when they were made. A run gets its slot again
    /// unless another has it.
    ///
    /// - Parameter rows: ``WrongRows/ids`` of earlier marks.
    func restoreRuns(_ rows: [Int64], at now: Date) async throws

    /// Looks whether what is kept still goes where its readers look, and goes on with what took the store's place.
    ///
    /// - Returns: a sentence that says what became of the store before, once; nil where nothing did.
    /// - Throws: while the store is away, locked or not to be used.
    func look() async throws -> String?

    /// Ends the use of the store: what is asked of it afterwards fails. Without it the store closes with its last user.
    func close() throws
}

extension RunStore {
    /// Keeps one result.
    ///
    /// - Throws: as ``keep(_:configurationHash:)-([ProbeResult],_)``.
    @discardableResult
    public func keep(_ result: ProbeResult, configurationHash: String? = nil) async throws -> RecordAnswer {
        try await keep([result], configurationHash: configurationHash).first ?? .recorded
    }

    /// Keeps results that followed no fleet file.
    ///
    /// - Throws: as ``keep(_:configurationHash:)-([ProbeResult],_)``.
    @discardableResult
    public func keep(_ results: [ProbeResult]) async throws -> [RecordAnswer] {
        try await keep(results, configurationHash: nil)
    }
}
