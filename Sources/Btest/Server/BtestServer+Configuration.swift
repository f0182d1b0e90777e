import ServerLimits
import Sockets

extension BtestServer {
    /// Who may test at a server, and how much.
    public struct Configuration: Sendable {
        public var accounts: BtestAccounts
        /// Tests at once; RouterOS allows 100.
        public var maxSessions: Int
        /// Tests at once of one address, or of one /64 of IPv6; nil for no limit.
        public var maxSessionsPerAddress: Int?
        /// Connections of all tests together, each of which takes at most two threads. RouterOS's 100 tests of 20 connections fit.
        public var maxConnections = 2000
        /// A test that nobody ends is ended after this.
        public var maxDuration: Duration
        /// bit/s for each direction of a test; nil for no limit. An account may have a lower one.
        public var maxBitsPerSecond: Double?
        /// From the connection to the end of the login, however the peer's bytes trickle in.
        public var handshakeTimeout: Duration
        /// One for each UDP test at a time; RouterOS begins at 2001 as well.
        public var udpPorts: ClosedRange<UInt16> = 2001...2100
        /// Whether UDP hands the kernel several datagrams at once; false is for comparison.
        public var datagramOffload = true
        /// For each user; an account's own rules take the place of these.
        public var userQuotas: [QuotaRule] = []
        /// For each address, or each /64 of IPv6, whoever tests from there.
        public var addressQuotas: [QuotaRule] = []
        /// Counts what users and addresses move. Who wants usage to outlast the process makes it from what is stored, and stores
        /// what it has not stored yet each second (``QuotaLedger/takeUnsaved()``).
        public var ledger = QuotaLedger()
        /// How many connections may be within their handshake at once.
        public var startups = StartupThrottle.Configuration()
        /// How long those are kept away who fail to log in.
        public var penalties = SourcePenalties.Configuration()
        /// Told what happens, on whatever thread it happens: it must be quick and never wait.
        public var events: @Sendable (BtestServerEvent) -> Void = { _ in }

        /// A test in which not one byte can be sent or received for this long is ended: its client vanished.
        var stallTimeout = Duration.seconds(30)
        /// How long a test waits for its further connections; known servers and RouterOS's clients take ten seconds.
        var gatheringTime = Duration.seconds(10)
        /// Nanoseconds, for penalties; a test may move it by hand.
        var penaltyClock: @Sendable () -> Int64 = { MonotonicClock.now() }

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
