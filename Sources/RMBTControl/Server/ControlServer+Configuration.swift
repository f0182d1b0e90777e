import Foundation
import RMBT

extension ControlServer {
    public struct Configuration: Sendable {
        /// At least one, with names of their own.
        public var servers: [ControlledServer]
        public var selection = ServerSelection.roundRobin
        /// t of each direction in seconds, 1 … 30.
        public var testDuration = 7
        /// n, 1 … 20.
        public var threads = 3
        /// p, 1 … 1000.
        public var pings = 10
        /// The most seconds that a client is asked to wait for its start.
        public var longestWait = 60
        /// testRequests of one address a minute.
        public var testsPerMinute = 30
        /// Requests of one address a minute, whatever they ask.
        public var requestsPerMinute = 300
        /// Connections at once.
        public var maxConnections = 1000
        public var maxConnectionsPerAddress = 100
        /// For a request's head, TLS handshake included, and from one request to the next.
        public var requestTimeout = Duration.seconds(30)
        /// For a request's body, and again for taking the answer.
        public var transferTimeout = Duration.seconds(60)
        /// From one look at a server that answered to the next; a server that did not answer is looked at sooner.
        public var surveyInterval = Duration.seconds(30)
        /// Pages of these origins, such as `https://www.example.net`, may use the interface; `*` is any.
        public var allowedOrigins: [String] = []
        /// Whose server it is, and where a reader finds who that is, for the pages.
        public var operatorLinks = OperatorLinks()
        /// Whether a peer's X-Forwarded-For and X-Forwarded-Proto are believed.
        public var trustsProxy: @Sendable (String) -> Bool = { _ in false }
        /// What limits that count by address count together, such as a /64 of IPv6.
        public var source: @Sendable (String) -> String = { $0 }
        /// What the answers call the server's version.
        public var version = "fleetprobe"
        /// Makes a token of a test's open uuid, its start in Unix seconds, the client's address and the server's key.
        public var token: @Sendable (UUID, Int64, String, String) -> String = { test, start, _, key in
            RMBTToken(uuid: test, startTime: start, key: key).text
        }
        /// Wall time, of which tokens are made.
        public var now: @Sendable () -> Date = { Date() }

        public init(servers: [ControlledServer]) {
            self.servers = servers
        }
    }

    /// One address to listen on.
    public struct Listener: Sendable {
        public let host: String
        /// 0 takes a free port.
        public let port: Int
        /// nil speaks without TLS.
        public let tls: TLSContextSource?

        public init(host: String, port: Int, tls: TLSContextSource?) {
            self.host = host
            self.port = port
            self.tls = tls
        }
    }
}
