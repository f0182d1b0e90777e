import Foundation
import ServerLimits
import Sockets
import Transfer

extension RMBTServer {
    /// Who may measure at a server, and how much.
    public struct Configuration: Sendable {
        /// nil lets anybody measure with any token.
        public var verifier: RMBTTokenVerifier?
        /// Connections that have shown a token, at once, over all listeners. Those that have not yet are bounded by ``startups``.
        public var maxConnections: Int
        /// The same of one address, or of one /64 of IPv6: of 100 and more, a fifth is left to others.
        public var maxConnectionsPerAddress: Int
        /// Sessions at once: a session is all connections with one token, or without tokens all of one address.
        public var maxSessions = 1000
        /// The same of one address; nil for no limit.
        public var maxSessionsPerAddress: Int?
        /// Connections that one token serves within its window, one after the other or at once.
        public var connectionsPerToken: Int
        /// What a test of 20 connections, the most of the field, needs of them: some clients open all anew for the upload, and one for
        /// each pre-test; this program's client may open all twice and one for pings under load; and two are to spare.
        public static let usualConnectionsPerToken = 2 + 2 * 20 + 2
        /// From the connection to the end of its token, with TLS and what else comes before, however the peer's bytes trickle in.
        public var handshakeTimeout = Duration.seconds(10)
        /// How long a client may take to begin a command, and how long a command may last in all.
        public var stepTimeout: Duration
        /// How long a connection may last in all.
        public var connectionTimeout: Duration
        /// A client that takes not one byte of what it asked for is waited for so long.
        public var stallTimeout = Duration.seconds(10)
        /// Bytes of one command in either direction; a download by time ends when it has sent them.
        public var mostBytesPerCommand = RMBTServerSession.mostBytes
        /// bit/s for each direction of a session, which its connections share; nil for no limit.
        public var maxBitsPerSecond: Double?
        /// Threads that send without TLS and WebSocket frames, each for the time of one command at most. Downloads that find none free go
        /// out on the event loops.
        var mostDataThreads = 64
        /// How much of an upload wakes its event loop.
        var uploadMark = SocketDrain.mark
        /// For each of the token keys, by its label.
        public var keyQuotas: [QuotaRule] = []
        /// For each address, or each /64 of IPv6.
        public var addressQuotas: [QuotaRule] = []
        /// Counts what keys and addresses move. Who wants usage to outlast the process makes it from what is stored, and stores
        /// what it has not stored yet each second (``QuotaLedger/takeUnsaved()``).
        public var ledger = QuotaLedger()
        /// Counts what each token's connections move, for the Control Server; nil where nobody is told.
        public var servedTests: RMBTServedTests?
        /// How many connections may be before the end of their token at once.
        public var startups = StartupThrottle.Configuration()
        /// How long those are kept away who forge tokens or break the protocol.
        public var penalties = SourcePenalties.Configuration()

        /// Hears whom the server turns away and why, on the threads that move data: it must be quick.
        public var events: @Sendable (RMBTServerEvent) -> Void = { _ in }

        /// Nanoseconds, for penalties; a test may move it by hand.
        var penaltyClock: @Sendable () -> Int64 = { MonotonicClock.now() }
        /// Unix time in seconds, for tokens.
        var tokenClock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }

        public init(
            verifier: RMBTTokenVerifier?, maxConnections: Int = 2000,
            connectionsPerToken: Int = Self.usualConnectionsPerToken,
            stepTimeout: Duration = .seconds(60), connectionTimeout: Duration = .seconds(600)
        ) {
            self.verifier = verifier
            self.maxConnections = maxConnections
            maxConnectionsPerAddress = maxConnections < 100 ? maxConnections : maxConnections - maxConnections / 5
            self.connectionsPerToken = connectionsPerToken
            self.stepTimeout = stepTimeout
            self.connectionTimeout = connectionTimeout
        }
    }
}
