extension BtestServer {
    /// Who may test at a server, and how much.
    public struct Configuration: Sendable {
        public var accounts: BtestAccounts
        /// Tests at once; RouterOS allows 100.
        public var maxSessions: Int
        /// A test that nobody ends is ended after this.
        public var maxDuration: Duration
        /// bit/s for each direction of a test; nil for no limit.
        public var maxBitsPerSecond: Double?
        /// From the connection to the end of the login.
        public var handshakeTimeout: Duration
        /// Told what happens, on whatever thread it happens: it must be quick and never wait.
        public var events: @Sendable (BtestServerEvent) -> Void = { _ in }

        public init(
            accounts: BtestAccounts, maxSessions: Int = 100, maxDuration: Duration = .seconds(3600),
            maxBitsPerSecond: Double? = nil, handshakeTimeout: Duration = .seconds(10)
        ) {
            self.accounts = accounts
            self.maxSessions = maxSessions
            self.maxDuration = maxDuration
            self.maxBitsPerSecond = maxBitsPerSecond
            self.handshakeTimeout = handshakeTimeout
        }
    }
}
