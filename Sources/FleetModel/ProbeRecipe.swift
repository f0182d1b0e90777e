/// What a probe does, with the parameters of its kind.
public enum ProbeRecipe: Sendable, Equatable {
    case btest(Btest)
    case rmbt(RMBT)
    case latency(Latency)

    /// MikroTik's bandwidth test.
    public struct Btest: Sendable, Equatable {
        public enum TransportProtocol: String, Sendable, CaseIterable {
            case tcp, udp
        }

        public var transport: TransportProtocol
        public var direction: TransferDirection
        /// How long data flows, 1 s … 1 h; the handshake is not in it.
        public var duration: Duration
        /// 1 … 100 at once.
        public var connections: Int
        /// Limit for each direction; nil is as fast as it goes.
        public var rate: BitRate?
        /// RouterOS's tx-size in bytes, 64 … 65000 with UDP's headers counted; nil takes the protocol's default.
        public var transmitSize: Int?
        /// Random instead of zero bytes, for links that compress.
        public var randomData: Bool
        /// Whether an empty datagram opens the way through a NAT before a UDP test.
        public var natProbe: Bool
        /// For the connection, the server's hello and the login together, 1 s … 60 s.
        public var timeout: Duration
        /// Whether the highest rate is looked for that loses no more than 1 % of UDP's packets: ``duration`` is a step's then, ``rate`` the
        /// highest to try, and of both directions one comes after the other.
        public var findsCapacity = false
        /// Whether UDP hands the kernel several datagrams at once; false is for comparison and no fleet file can say so.
        public var datagramOffload = true

        public init(
            transport: TransportProtocol = .tcp, direction: TransferDirection = .download,
            duration: Duration = .seconds(10), connections: Int = 1, rate: BitRate? = nil, transmitSize: Int? = nil,
            randomData: Bool = false, natProbe: Bool = false, timeout: Duration = Self.defaultTimeout
        ) {
            self.transport = transport
            self.direction = direction
            self.duration = duration
            self.connections = connections
            self.rate = rate
            self.transmitSize = transmitSize
            self.randomData = randomData
            self.natProbe = natProbe
            self.timeout = timeout
        }

        /// Two lost packets of the connection cost three seconds (RFC 6298), and a small router's CPU needs some at an EC-SRP5 login.
        public static let defaultTimeout = Duration.seconds(10)
        /// How long each step of a search for the capacity takes, where nobody says so.
        public static let stepDuration = Duration.seconds(2)

        /// For the search in each direction: from 1 Mbit/s to 4 Gbit/s are 13 steps, one is made twice, and some five narrow the result. Each waits up to
        /// 1.2 s for a last status.
        public var capacityLimit: Duration { (duration + .milliseconds(1500)) * 22 }
    }

    /// The RTR broadband test. The defaults are the specification's (section 3).
    public struct RMBT: Sendable, Equatable {
        public var direction: TransferDirection
        /// n_d and n_u, 1 … 20.
        public var connections: Int
        /// t, 1 s … 30 s, for each direction.
        public var duration: Duration
        /// d, 0.1 s … 30 s, for each direction.
        public var pretestDuration: Duration
        /// p, 1 … 1000.
        public var pings: Int
        /// Fixed chunk size in bytes, 4096 … 4194304; nil lets the pre-test choose.
        public var chunkSize: Int?
        /// Whether the server is asked to tell an upload's tuples at its end (PUTTIMERESULT) and not while it runs.
        public var putTimeResult: Bool

        public init(
            direction: TransferDirection = .both, connections: Int = 3, duration: Duration = .seconds(7),
            pretestDuration: Duration = .seconds(2), pings: Int = 10, chunkSize: Int? = nil,
            putTimeResult: Bool = false
        ) {
            self.direction = direction
            self.connections = connections
            self.duration = duration
            self.pretestDuration = pretestDuration
            self.pings = pings
            self.chunkSize = chunkSize
            self.putTimeResult = putTimeResult
        }
    }

    /// Round trips without load.
    public struct Latency: Sendable, Equatable {
        public enum Method: String, Sendable, CaseIterable {
            /// ICMP where the system permits it, else TCP.
            case automatic = "auto"
            case icmp
            /// The time that a TCP connection takes to open.
            case tcp
            /// The UDP ping service beside an RMBT server whose token key we have.
            case rmbtUDP = "rmbt-udp"
        }

        /// 1 … 1000 round trips.
        public var count: Int
        /// From one start to the next, 10 ms … 60 s.
        public var interval: Duration
        /// After which an answer counts as lost, 10 ms … 60 s.
        public var timeout: Duration
        public var method: Method
        /// Of the UDP ping service.
        public var udpPort = 444

        public init(
            count: Int = 10, interval: Duration = .milliseconds(200), timeout: Duration = .seconds(2),
            method: Method = .automatic
        ) {
            self.count = count
            self.interval = interval
            self.timeout = timeout
            self.method = method
        }
    }
}

extension ProbeRecipe {
    /// The longest that one run may take, handshakes and waits included: what the scheduler reserves.
    public var longestDuration: Duration {
        switch self {
        case .btest(let btest):
            if btest.findsCapacity {
                // A step that has begun, and its login, are not cut off.
                let search = btest.capacityLimit + btest.duration + btest.timeout + .seconds(3)
                return search * (btest.direction == .both ? 2 : 1) + .seconds(1)
            }
            // One second is for the round trips before the test, the rest for the end of the threads, and over UDP for the last status. Where
            // one of several connections does not open, four go by until it is given up, and up to eleven until the server begins without it.
            let ending: Duration = btest.transport == .tcp ? .milliseconds(1500) : .seconds(3)
            let joining: Duration = btest.transport == .tcp && btest.connections > 1 ? .seconds(11) : .zero
            return btest.duration + btest.timeout + ending + joining
        case .rmbt(let rmbt):
            // What a line of 0.2 Mbit/s with a third of a second's round trip can need, so that nothing that goes its way is cut off.
            // A pre-test finishes its last block, which is as long as all before it, and may wait for a full queue.
            let pretest: Duration = rmbt.pretestDuration * 3 + .seconds(2)
            // Behind the time 3 s for the end of a download or the reports on an upload, and a second for a last ping. All reports at the
            // end of an upload come when everything in between has passed.
            let transfer: Duration = rmbt.duration + .seconds(rmbt.putTimeResult ? 10 : 5)
            // Two round trips each.
            let pings: Duration = .milliseconds(700) * rmbt.pings
            guard rmbt.direction == .both else { return .seconds(5) + pretest + pings + transfer }
            // After a download whose end did not come in time all connections open again, behind what is still on the line.
            return .seconds(15) + (pretest + transfer) * 2 + pings
        case .latency(let latency):
            // Within 5 s a name is looked up, and found which of several addresses answers.
            return latency.interval * latency.count + latency.timeout + .seconds(5)
        }
    }
}
