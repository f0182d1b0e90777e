import Transfer

/// What a btest counted, whether it ended well or not.
public struct BtestMeasurement: Sendable, Equatable {
    /// One direction.
    public struct Direction: Sendable, Equatable {
        /// For each connection its tuples, from the first byte that was counted.
        public let connections: [[TransferTuple]]
        /// All bytes, from the first to the last.
        public let bytes: Int64

        /// nil when nothing could be placed in time.
        public var rate: InterpolatedRate? { InterpolatedRate(connections: connections) }
    }

    public var download: Direction?
    public var upload: Direction?
    public var authentication = BtestAuthentication.none
    /// CPU load of both ends during the transfer, 0 … 1.
    public var localCPU: Double?
    public var remoteCPU: Double?
    /// Data stopped more than a second before the test's end.
    public var stalled = false
    /// nil when the test ran as it was asked to.
    public var error: BtestError?

    public init() {}
}
