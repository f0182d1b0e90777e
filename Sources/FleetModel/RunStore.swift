/// Where the agent keeps results: a port that each kind of store fulfils (docs/architecture.md, ports).
///
/// What a method acknowledges has reached the disk. To hand over a result a second time is harmless: its run id tells.
public protocol RunStore: Sendable {
    /// Keeps several results in one transaction: all or none.
    ///
    /// - Parameter configurationHash: names the fleet file that the runs followed; nil where there was none.
    /// - Returns: one answer a result, in their order.
    /// - Throws: when they could not be kept; ``RunStoreError`` where it is known whether that can pass.
    func keep(_ results: [ProbeResult], configurationHash: String?) async throws -> [RecordAnswer]

    /// Keeps an event of the agent.
    ///
    /// - Throws: as ``keep(_:configurationHash:)``.
    func keep(_ event: StoreEvent) async throws

    /// Looks whether what is kept still goes where its readers look, and goes on with what took the store's place.
    ///
    /// - Returns: a sentence that says what became of the store before, once; nil where nothing did.
    /// - Throws: as ``keep(_:configurationHash:)``.
    func look() async throws -> String?
}

/// Why a store did not keep what it was given.
public protocol RunStoreError: Error, CustomStringConvertible {
    /// The store is locked, full or away: what it refused now it may take later. False where the row may be to blame.
    var isOfTheStore: Bool { get }
}
