import Logging
import Sockets

/// MikroTik's bandwidth test, as the client (docs/protocols/btest.md).
public struct BtestClient: Sendable {
    /// What to test and how.
    public struct Configuration: Sendable {
        /// Host name or IP literal.
        public var host: String
        /// 1 … 65535.
        public var port: Int
        public var family: AddressFamily
        /// Of several addresses the first that answers serves the whole test.
        public var lookup = AddressLookup.system
        public var userName: String?
        public var password: String
        /// The weakest login to accept; nil accepts what the server offers.
        public var requiredAuthentication: BtestAuthentication?
        public var transport: BtestCommand.TransportProtocol
        public var direction: BtestCommand.Direction
        /// How long data flows.
        public var duration: Duration
        /// bit/s in each direction; nil is as fast as it goes.
        public var bitsPerSecond: Double?
        /// 1 … 100: TCP connections, or source ports of UDP.
        public var connections: Int
        /// RouterOS's tx-size: bytes of a write, or of a UDP packet with its IP and UDP headers.
        public var transmitSize: UInt16?
        public var randomData: Bool
        /// Sends an empty datagram before a UDP test, which opens the way through a NAT (docs/protocols/btest.md, UDP
        /// transfer).
        public var natProbe: Bool
        /// For the connection and the handshake together.
        public var handshakeTimeout: Duration
        /// Whether UDP hands the kernel several datagrams at once; false is for comparison.
        public var datagramOffload: Bool

        public init(
            host: String, port: Int = 2000, family: AddressFamily = .any, userName: String? = nil,
            password: String = "", requiredAuthentication: BtestAuthentication? = nil,
            transport: BtestCommand.TransportProtocol = .tcp, direction: BtestCommand.Direction = .download,
            duration: Duration = .seconds(10),
            bitsPerSecond: Double? = nil, connections: Int = 1, transmitSize: UInt16? = nil, randomData: Bool = false,
            handshakeTimeout: Duration = .seconds(10), natProbe: Bool = false, datagramOffload: Bool = true
        ) {
            self.host = host
            self.port = port
            self.family = family
            self.userName = userName
            self.password = password
            self.requiredAuthentication = requiredAuthentication
            self.transport = transport
            self.direction = direction
            self.duration = duration
            self.bitsPerSecond = bitsPerSecond
            self.connections = connections
            self.transmitSize = transmitSize
            self.randomData = randomData
            self.handshakeTimeout = handshakeTimeout
            self.natProbe = natProbe
            self.datagramOffload = datagramOffload
        }

        /// The request that goes to the server. A speed beyond the field's 32 bits is held by this side: the sender paces itself,
        /// and TCP's receiver reads no faster. UDP's receiver cannot slow its sender, which is told the largest speed there is.
        var command: BtestCommand {
            // The field has 0 for no limit.
            let beyond: UInt32 = transport == .udp ? .max : 0
            let speed = bitsPerSecond.map { UInt32(exactly: max($0.rounded(), 1)) ?? beyond } ?? 0
            return BtestCommand(
                transport: transport, direction: direction, randomData: randomData,
                connectionCount: connections > 1 ? UInt8(clamping: connections) : 0, transmitSize: transmitSize,
                remoteTransmitSpeed: direction.includesDownload ? speed : 0,
                localTransmitSpeed: direction.includesUpload ? speed : 0)
        }
    }

    private let configuration: Configuration
    private let monitor: BtestMonitor
    private let logger: Logger
    private let whenDataFlows: @Sendable () -> Void

    /// - Parameters:
    ///   - logger: is told the steps of the handshake at `debug`, without anything that a login carries.
    ///   - whenDataFlows: called once, when the handshake is over and the test's duration begins; it must not block.
    public init(
        _ configuration: Configuration, monitor: BtestMonitor = BtestMonitor(),
        logger: Logger = Logger(label: "btest") { _ in SwiftLogNoOpLogHandler() },
        whenDataFlows: @escaping @Sendable () -> Void = {}
    ) {
        self.configuration = configuration
        self.monitor = monitor
        self.logger = logger
        self.whenDataFlows = whenDataFlows
    }

    /// Runs the test. It ends by itself within the handshake's time, the duration and two seconds, where connections of several do not open
    /// within fifteen seconds more; cancelling the task ends it at once, with what was counted so far.
    public func run() async -> BtestMeasurement {
        let stop = StopSignal()
        return await withTaskCancellationHandler {
            switch await DataThread.run("btest-handshake", { handshake(stop) }) {
            case .failure(let failure):
                var measurement = BtestMeasurement()
                measurement.authentication = failure.authentication
                measurement.error = failure.error
                measurement.connectRoundTrip = failure.roundTrip
                return measurement
            case .success(let first):
                let opened = await withFurtherConnections(first, stop)
                monitor.flowingSince.set(MonotonicClock.now())
                whenDataFlows()
                logger.debug("data flows", metadata: ["connections": .stringConvertible(opened.sockets.count)])
                // From now on: waiting for the last connection takes nothing from the test's duration.
                var measurement: BtestMeasurement
                switch opened.start {
                case .stream:
                    measurement = await BtestClientTransfer(
                        configuration: configuration, opened: opened, stop: stop, monitor: monitor,
                        origin: MonotonicClock.now()
                    ).run()
                case .datagrams(let port):
                    measurement = await BtestClientDatagrams(
                        configuration: configuration, opened: opened, port: port, stop: stop, monitor: monitor
                    ).run()
                }
                measurement.connectRoundTrip = opened.roundTrip
                return measurement
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// An authenticated control connection on which data is about to flow.
    struct Opened: Sendable {
        let start: BtestStart
        /// The control connection, and of TCP those that joined the test.
        var sockets: [SocketDescriptor]
        let authentication: BtestAuthentication?
        /// What came with the handshake's last message, on the first connection.
        let surplus: [UInt8]
        /// Nanoseconds in which the control connection opened.
        let roundTrip: Int64

        /// What names the test on its further connections; nil where the server serves one.
        var token: UInt16? { if case .stream(let token) = start { token } else { nil } }
    }

    struct HandshakeFailure: Error {
        let error: BtestError
        let authentication: BtestAuthentication?
        let roundTrip: Int64?
    }

    /// Opens what was asked for beyond the first connection, all at once, and waits for the server to begin: known ones give those that are
    /// missing a while, and neither send nor read until then.
    private func withFurtherConnections(_ first: Opened, _ stop: StopSignal) async -> Opened {
        guard case .stream(let token?) = first.start, configuration.connections > 1, let control = first.sockets.first,
            let peer = PeerAddress(peerOf: control.number)
        else { return first }
        var opened = first
        let began = MonotonicClock.now()
        var joined = await BtestJoin(
            peer: peer, token: token, count: configuration.connections - 1, stop: stop,
            deadline: began + min(BtestJoin.patience, configuration.handshakeTimeout.wholeNanoseconds)
        ).run()
        if opened.surplus.isEmpty {
            let beginning = BtestBeginning(
                control: control, stop: stop, since: began,
                shortPatience: configuration.direction.includesDownload
                    ? BtestBeginning.downloadPatience : 2 * first.roundTrip + 50_000_000)
            let (named, asked) = (joined, configuration.connections - 1)
            joined = await DataThread.run("btest-join") { beginning.run(named, asked: asked) }
        }
        opened.sockets += joined
        if opened.sockets.count < configuration.connections {
            logger.debug("connections are missing", metadata: ["open": .stringConvertible(opened.sockets.count)])
        }
        return opened
    }

    /// Connects, logs in and asks for the test. Blocks its thread.
    private func handshake(_ stop: StopSignal) -> Result<Opened, HandshakeFailure> {
        let deadline = MonotonicClock.now() + configuration.handshakeTimeout.wholeNanoseconds
        var session = BtestClientSession(
            command: configuration.command,
            login: configuration.userName.map { .init(userName: $0, password: configuration.password) },
            required: configuration.requiredAuthentication)
        var roundTrip: Int64?
        func failed(_ error: BtestError) -> Result<Opened, HandshakeFailure> {
            .failure(HandshakeFailure(error: error, authentication: session.authentication, roundTrip: roundTrip))
        }
        let connection: StreamConnector.Connection
        switch StreamConnector.connect(
            host: configuration.host, port: configuration.port, family: configuration.family,
            lookup: configuration.lookup, stop: stop, until: deadline)
        {
        case .success(let opened):
            connection = opened
            roundTrip = opened.roundTrip
        case .failure(.stopped): return failed(.stopped)
        case .failure(let failure): return failed(.connection(failure))
        }
        monitor.peer.set(connection.peer)
        logger.debug("connected", metadata: ["peer": "\(connection.peer)"])
        let dialogue = StreamDialogue(socket: connection.socket, stop: stop, deadline: deadline)
        var event = dialogue.receive(upTo: 256)
        while true {
            logger.debug("\(Self.words(for: event))", metadata: ["awaited": "\(session.awaitedStep)"])
            var actions: [BtestClientSession.Action]
            switch event {
            case .received(let bytes): actions = session.bytesReceived(bytes)
            case .closed: actions = [session.connectionClosed()]
            case .timedOut: actions = [session.deadlinePassed(after: configuration.handshakeTimeout.roundedSeconds)]
            case .stopped: return failed(.stopped)
            }
            var problem: StreamDialogue.Event?
            for action in actions {
                switch action {
                case .send(let bytes):
                    logger.debug("sending \(bytes.count) bytes", metadata: ["awaited": "\(session.awaitedStep)"])
                    problem = dialogue.send(bytes)
                case .fail(let error): return failed(error)
                case .startTransfer(let start, let surplus):
                    logger.debug(
                        "the handshake is over",
                        metadata: ["authentication": "\(session.authentication?.rawValue ?? "-")"])
                    return .success(
                        Opened(
                            start: start, sockets: [connection.socket], authentication: session.authentication,
                            surplus: surplus, roundTrip: connection.roundTrip))
                }
            }
            event = problem ?? dialogue.receive(upTo: 256)
        }
    }
}

extension BtestClient {
    /// What came of waiting for the server; never its bytes.
    fileprivate static func words(for event: StreamDialogue.Event) -> String {
        switch event {
        case .received(let bytes): "received \(bytes.count) bytes"
        case .closed: "the server closed the connection"
        case .timedOut: "the time for the handshake is over"
        case .stopped: "stopped"
        }
    }
}

extension Duration {
    /// Seconds to a tenth, for sentences.
    var roundedSeconds: Double { (Double(wholeNanoseconds) / 1e8).rounded() / 10 }
}
