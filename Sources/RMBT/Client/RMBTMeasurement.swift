import Transfer

/// What an RMBT test measured, whether it ended well or not.
public struct RMBTMeasurement: Sendable, Equatable {
    /// One round trip of phase 3, in nanoseconds.
    public struct Ping: Sendable, Equatable {
        /// From PING sent to PONG received, by our clock.
        public let client: Int64
        /// From PONG sent to OK received, by the server's clock: the one whose median is the result.
        public let server: Int64
        /// When the PING was sent, since the test began.
        public var sentAt: Int64 = 0
    }

    /// As the server greets, such as `RMBTv1.3.5`.
    public var serverVersion: String?
    public var pings: [Ping] = []
    /// Pings that were sent, answered or not.
    public var pingsSent = 0
    /// Round trips on a connection of their own while the download ran, and while the upload did.
    public var pingsDuringDownload: [Ping] = []
    public var pingsDuringUpload: [Ping] = []
    public var download: MeasuredTransfer?
    public var upload: MeasuredTransfer?
    /// The pre-test found a line so slow that one connection must do.
    public var isReducedToOneConnection = false
    /// Some connections did not come about, and the test ran with the others.
    public var hasFewerConnections = false
    /// The time of a direction was over and measured when its connection ended or the test was stopped, before the server had
    /// confirmed the end.
    public var hasUnconfirmedEnd = false
    /// nil when the test ran to its end.
    public var error: RMBTError?

    public init() {}
}
