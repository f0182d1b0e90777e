import Foundation

/// Where a Control Server keeps its results.
public protocol ControlResults: Sendable {
    /// Keeps one result; returns once it is safe.
    ///
    /// - Returns: false where the test has a result already, which stands.
    func store(_ result: ControlResult) async throws -> Bool

    /// The result of a test with its tuples, nil where there is none.
    func result(of test: UUID) async throws -> StoredControlResult?

    /// A client's results without tuples, the newest first.
    ///
    /// - Parameter limit: at least 1.
    func history(of client: UUID, limit: Int) async throws -> [StoredControlResult]
}

/// A result as it comes back from where it is kept.
public struct StoredControlResult: Sendable, Equatable {
    public var id: UUID
    public var startedAt: Date
    public var server: String?
    public var clientName: String?
    public var wasInterrupted: Bool
    public var download: ControlResult.Direction?
    public var upload: ControlResult.Direction?
    /// Median of the round trips, in seconds.
    public var latency: Double?
    /// Round trips that the median is of.
    public var pingCount: Int
    public var rateDiffers: Bool
    /// No RMBT server counted what the client claims, as far as the Control Server was told.
    public var isUnconfirmed = false

    public init(
        id: UUID, startedAt: Date, server: String? = nil, clientName: String? = nil, wasInterrupted: Bool = false,
        download: ControlResult.Direction? = nil, upload: ControlResult.Direction? = nil, latency: Double? = nil,
        pingCount: Int = 0, rateDiffers: Bool = false
    ) {
        self.id = id
        self.startedAt = startedAt
        self.server = server
        self.clientName = clientName
        self.wasInterrupted = wasInterrupted
        self.download = download
        self.upload = upload
        self.latency = latency
        self.pingCount = pingCount
        self.rateDiffers = rateDiffers
    }
}
