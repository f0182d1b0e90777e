import Transfer

/// What a btest counted, whether it ended well or not.
public struct BtestMeasurement: Sendable, Equatable {
    public var download: MeasuredTransfer?
    public var upload: MeasuredTransfer?
    /// What the server asked for; nil when it came to no answer.
    public var authentication: BtestAuthentication?
    /// Nanoseconds in which the control connection opened; nil where it did not.
    public var connectRoundTrip: Int64?
    /// CPU load of both ends during the transfer, 0 … 1.
    public var localCPU: Double?
    public var remoteCPU: Double?
    /// Data stopped more than a second before the test's end.
    public var stalled = false
    /// Some of the connections that were asked for did not come about; the others measured.
    public var hasFewerConnections = false
    /// The server sent clearly more than the rate that it was asked for. Only UDP: TCP's receiver holds the rate itself.
    public var rateExceeded = false
    /// nil when the test ran as it was asked to.
    public var error: BtestError?

    public init() {}
}
