import Sockets
import Transfer

/// One run of the test's phases, and what it has measured so far.
struct RMBTClientRun {
    private(set) var measurement = RMBTMeasurement()
    private let configuration: RMBTClient.Configuration
    private let monitor: RMBTMonitor
    private let began = MonotonicClock.now()
    private var connections: [RMBTConnection] = []
    private var loadedLatency: RMBTLoadedLatency?
    /// A connection for round trips under load is asked for once.
    private var hasAskedForPings = false
    private var sizes = ChunkSizes.standard
    /// A pre-test found connections closed before it began.
    private var wereClosedBefore = false
    /// The address that the test goes to, once one has answered.
    private var peer: PeerAddress?
    /// All phases that were asked for have brought what they measure.
    private(set) var hasFinished = false

    /// How long the end of a download is waited for after its time; whoever is slower keeps the bytes until then.
    private static let downloadGrace = 3.0
    /// How much longer connections may take to open after a download whose end was not waited for: what stood in the line's queue
    /// comes before their first packet.
    private static let patienceBehindQueue = Duration.seconds(5)
    /// How long a connection beside the test is waited for though the pre-test is shorter.
    private static let leastPatience = Duration.milliseconds(500)
    /// A pre-test's last block may take as long as all before it together, and some more on a line that got worse.
    private var pretestTimeout: Double { 3 * configuration.pretestDuration.seconds + 5 }

    init(configuration: RMBTClient.Configuration, monitor: RMBTMonitor) {
        self.configuration = configuration
        self.monitor = monitor
    }

    mutating func perform() async {
        defer {
            for connection in connections { connection.close() }
            loadedLatency?.connection.close()
        }
        guard await connect() else { return }
        if configuration.measuresDownload {
            monitor.entered(.downlinkPretest)
            guard let rate = await prepare(downlink: true) else { return }
            monitor.entered(.latency)
            guard await measureLatency() else { return }
            monitor.entered(.downlink)
            guard await measureDownload(size: chunkSize(for: rate)) else { return }
        } else {
            monitor.entered(.latency)
            guard await measureLatency() else { return }
        }
        if configuration.measuresUpload {
            if connections.isEmpty { guard await connect(isBehindQueue: true) else { return } }
            monitor.entered(.uplinkPretest)
            guard let rate = await prepareUplink() else { return }
            monitor.entered(.uplink)
            guard await measureUpload(size: chunkSize(for: rate)) else { return }
        }
        hasFinished = true
    }

    // MARK: Phase 1

    private mutating func connect(isBehindQueue: Bool = false) async -> Bool {
        let wanted = measurement.isReducedToOneConnection ? 1 : max(configuration.connections, 1)
        var patient = configuration
        if isBehindQueue { patient.connectTimeout += Self.patienceBehindQueue }
        let configuration = patient
        let first: StreamConnector.Connection
        switch await Self.connectTCP(configuration, to: peer) {
        case .success(let connection): first = connection
        case .failure(let failure):
            measurement.error = failure == .stopped ? .stopped : .connection(failure)
            return false
        }
        // A name may stand for several servers, or for a dead address and a good one: all connections of a test go to one.
        let peer = first.peer
        self.peer = peer
        let opened = await withTaskGroup(of: (Int, RMBTConnection?, RMBTConnection.Outcome).self) { group in
            for index in 0..<wanted {
                group.addTask {
                    let (connection, outcome) =
                        index == 0 ? await Self.open(first, configuration) : await Self.open(configuration, to: peer)
                    return (index, connection, outcome)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        connections = opened.compactMap(\.1)
        guard !connections.isEmpty else {
            measurement.error = opened.compactMap(\.2.error).first ?? .stopped
            return false
        }
        measurement.hasFewerConnections = connections.count < wanted
        if case .connected(let version, let sizes)? = opened.first(where: { $0.1 != nil })?.2.completion {
            measurement.serverVersion = version
            self.sizes = sizes
        }
        return true
    }

    /// - Parameter peer: nil tries the host's addresses, one after the other.
    private static func connectTCP(
        _ configuration: RMBTClient.Configuration, to peer: PeerAddress?
    ) async -> Result<StreamConnector.Connection, ConnectFailure> {
        let stop = StopSignal()
        let deadline = MonotonicClock.now() + configuration.connectTimeout.wholeNanoseconds
        return await withTaskCancellationHandler {
            await DataThread.run("rmbt-connect") {
                if let peer { return StreamConnector.connect(to: peer, stop: stop, until: deadline) }
                return StreamConnector.connect(
                    host: configuration.host, port: configuration.port, family: configuration.family,
                    lookup: configuration.lookup, stop: stop, until: deadline)
            }
        } onCancel: {
            stop.raise()
        }
    }

    private static func open(
        _ configuration: RMBTClient.Configuration, to peer: PeerAddress?
    ) async -> (RMBTConnection?, RMBTConnection.Outcome) {
        switch await connectTCP(configuration, to: peer) {
        case .failure(let failure): return (nil, .init(error: failure == .stopped ? .stopped : .connection(failure)))
        case .success(let connection): return await open(connection, configuration)
        }
    }

    private static func open(
        _ connection: StreamConnector.Connection, _ configuration: RMBTClient.Configuration
    ) async -> (RMBTConnection?, RMBTConnection.Outcome) {
        let request: RMBTUpgradeRequest?
        do {
            request = try configuration.upgradeRequest()
        } catch {
            return (nil, .init(error: error))
        }
        return await RMBTConnection.open(
            connection, tls: configuration.tls, serverName: serverName(for: configuration.host), request: request,
            token: configuration.token, timeout: configuration.connectTimeout.seconds)
    }

    /// No name goes out in a TLS handshake for an IP literal: strict servers refuse one.
    ///
    /// - Returns: nil for a literal, short forms such as `127.1` included: no name's last label is a number (RFC 1123, 2.1).
    static func serverName(for host: String) -> String? {
        let lastLabel = host.split(separator: ".").last ?? ""
        let isLiteral =
            host.contains(":") || lastLabel.allSatisfy { ("0"..."9").contains($0) } || lastLabel.hasPrefix("0x")
        return isLiteral ? nil : host
    }

    // MARK: Phases 2 and 5

    /// The pre-test. Beside the first one a connection for round trips under load is opened: where the server has no place for it,
    /// or does not answer until the pre-test is over, the test goes on without.
    private mutating func prepare(downlink: Bool) async -> Double? {
        guard configuration.measuresLatencyUnderLoad, !hasAskedForPings else {
            return await pretest(downlink: downlink)
        }
        hasAskedForPings = true
        var patient = configuration
        patient.connectTimeout = min(
            configuration.connectTimeout, max(configuration.pretestDuration, Self.leastPatience))
        let opening = Task { [patient, peer] in await Self.open(patient, to: peer).0 }
        let rate = await pretest(downlink: downlink)
        if rate == nil { opening.cancel() }
        let connection = await opening.value
        guard rate != nil else {
            connection?.close()
            return nil
        }
        loadedLatency = connection.map { .init(connection: $0) }
        return rate
    }

    /// The pre-test of phase 5. Where the server has ended connections with phase 4, all are opened again, once (specification,
    /// section 4.5).
    private mutating func prepareUplink() async -> Double? {
        let rate = await prepare(downlink: false)
        guard rate == nil, wereClosedBefore, configuration.measuresDownload else { return rate }
        measurement.error = nil
        for connection in connections { connection.close() }
        guard await connect() else { return nil }
        return await prepare(downlink: false)
    }

    /// Doubles the block on every connection until d has passed.
    ///
    /// - Returns: an estimate for one connection in bytes per second; nil when the test cannot go on.
    private mutating func pretest(downlink: Bool) async -> Double? {
        let pretest = RMBTPretest(
            sizes: sizes, duration: configuration.pretestDuration.wholeNanoseconds, timeout: pretestTimeout,
            meter: downlink ? monitor.download : monitor.upload)
        let results = await onAll { connection in
            downlink ? await pretest.download(over: connection) : await pretest.upload(over: connection)
        }
        if let error = results.compactMap(\.error).first {
            measurement.error = error
            wereClosedBefore = results.contains { result in
                if case .closed? = result.error { result.chunks == 0 } else { false }
            }
            return nil
        }
        if downlink, results.contains(where: { $0.chunks <= RMBTPretest.slowLineChunks }), connections.count > 1 {
            measurement.isReducedToOneConnection = true
            for connection in connections.dropFirst() { connection.close() }
            connections = Array(connections.prefix(1))
        }
        return results.map(\.bytesPerSecond).reduce(0, +) / Double(max(results.count, 1))
    }

    private func chunkSize(for bytesPerSecond: Double) -> Int {
        guard let fixed = configuration.chunkSize else { return sizes.adapted(to: bytesPerSecond) }
        return min(max(fixed, sizes.minimum), sizes.maximum)
    }

    // MARK: Phase 3

    private mutating func measureLatency() async -> Bool {
        guard let connection = connections.first else { return false }
        for _ in 0..<max(configuration.pings, 0) {
            measurement.pingsSent += 1
            let sentAt = MonotonicClock.now() - began
            let outcome = await connection.ping(timeout: 10)
            if let error = outcome.error {
                measurement.error = error
                return false
            }
            if case .pinged(let client, let server)? = outcome.completion {
                measurement.pings.append(.init(client: client, server: server, sentAt: sentAt))
            }
        }
        return true
    }

    // MARK: Phases 4 and 6

    private mutating func measureDownload(size: Int) async -> Bool {
        let seconds = configuration.seconds
        let meter = monitor.download
        let origin = MonotonicClock.now()
        let (outcomes, pings) = await besidePings {
            await $0.download(
                duration: seconds, size: size, grace: Self.downloadGrace, origin: origin, meter: meter)
        }
        measurement.pingsDuringDownload = pings
        let transfer = MeasuredTransfer(
            connections: outcomes.map(Self.heardTuples), bytes: outcomes.reduce(0) { $0 + $1.bytes })
        measurement.download = transfer
        return settle(transfer, outcomes, phase: "download", direction: "download")
    }

    /// The tuples of a connection's download. Whoever still listened at its end knows how much had come until that instant, which is
    /// not the one at which all is over: pings beside the test may be waited for longer.
    private static func heardTuples(_ outcome: RMBTConnection.Outcome) -> [TransferTuple] {
        guard case .silent? = outcome.error, outcome.isPastTime, !outcome.hasWholeStream else { return outcome.tuples }
        return outcome.tuples + [TransferTuple(nanoseconds: outcome.endedAt, bytes: outcome.bytes)]
    }

    private mutating func measureUpload(size: Int) async -> Bool {
        let upload = RMBTClientHandler.Upload(
            chunkSize: size, ending: .seconds(configuration.duration.seconds),
            // What is told at the end alone is waited for until then.
            duration: configuration.uploadReports == .during ? configuration.duration.wholeNanoseconds : nil)
        let meter = monitor.upload
        let reports = configuration.uploadReports
        let timeout = configuration.duration.seconds + 10
        let origin = MonotonicClock.now()
        let (outcomes, pings) = await besidePings {
            await $0.upload(upload, timeout: timeout, reports: reports, origin: origin, meter: meter)
        }
        measurement.pingsDuringUpload = pings
        let transfer = MeasuredTransfer(
            connections: outcomes.map { Self.reportedTuples($0, amongOthers: outcomes) },
            bytes: outcomes.reduce(0) { $0 + $1.bytes })
        measurement.upload = transfer
        return settle(transfer, outcomes, phase: "upload", direction: "upload")
    }

    /// The tuples of a connection's upload. Where the waits of the specification brought no report on one connection and some on
    /// others, not one chunk of it has arrived.
    private static func reportedTuples(
        _ outcome: RMBTConnection.Outcome, amongOthers all: [RMBTConnection.Outcome]
    ) -> [TransferTuple] {
        guard case .silent? = outcome.error, outcome.isPastTime, outcome.tuples.isEmpty,
            all.contains(where: { !$0.tuples.isEmpty })
        else { return outcome.tuples }
        return [TransferTuple(nanoseconds: max(outcome.endedAt, 1), bytes: 0)]
    }

    /// Judges a direction's end.
    ///
    /// - Returns: whether the test can go on.
    private mutating func settle(
        _ transfer: MeasuredTransfer, _ outcomes: [RMBTConnection.Outcome], phase: String, direction: String
    ) -> Bool {
        let isMeasured = transfer.rate?.bytes ?? 0 > 0
        // What breaks off behind a direction's time takes nothing away from what was measured in it.
        let broken = outcomes.filter { outcome in
            if case .silent? = outcome.error { !isMeasured } else { outcome.error != nil }
        }
        if isMeasured, !broken.isEmpty, broken.allSatisfy(\.isUnconfirmedEnd) {
            measurement.hasUnconfirmedEnd = true
        } else if let error = broken.compactMap(\.error).first {
            if case .closed = error, transfer.bytes > 0 {
                measurement.error = .interrupted(phase: phase)
            } else {
                measurement.error = error
            }
            return false
        }
        guard isMeasured else {
            measurement.error = .nothingTransferred(direction)
            return false
        }
        // A connection whose stream had no end within its time was closed: the next phase opens them all anew.
        if outcomes.contains(where: { $0.completion == nil }) {
            for connection in connections { connection.close() }
            connections = []
        }
        return true
    }

    /// Performs the operation on all connections, with pings beside it where there is a connection for them.
    private mutating func besidePings<Value: Sendable>(
        _ operation: @escaping @Sendable (RMBTConnection) async -> Value
    ) async -> ([Value], [RMBTMeasurement.Ping]) {
        guard let loadedLatency else { return (await onAll(operation), []) }
        let (values, series) = await loadedLatency.beside { await onAll(operation) }
        if series.isBroken {
            loadedLatency.connection.close()
            self.loadedLatency = nil
        }
        return (values, series.pings)
    }

    private func onAll<Value: Sendable>(
        _ operation: @escaping @Sendable (RMBTConnection) async -> Value
    ) async -> [Value] {
        let connections = connections
        return await withTaskGroup(of: (Int, Value).self) { group in
            for (index, connection) in connections.enumerated() {
                group.addTask { (index, await operation(connection)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension RMBTClientHandler.Outcome {
    /// The connection ended, or the test was stopped, when the time of a direction was over: what was counted until then is a result.
    fileprivate var isUnconfirmedEnd: Bool {
        switch error {
        case .closed?, .stopped?: isPastTime
        default: false
        }
    }
}
