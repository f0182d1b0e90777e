import Glibc
import Sockets
import Transfer

/// The part of a client's UDP test in which data flows (docs/protocols/btest.md, UDP transfer).
struct BtestClientDatagrams: Sendable {
    let configuration: BtestClient.Configuration
    let opened: BtestClient.Opened
    /// The server's UDP port.
    let port: UInt16
    let stop: StopSignal
    let monitor: BtestMonitor

    /// The client's ports begin so far above the server's.
    static let portDistance = 256
    /// How long the server's last status may be on its way: it sends one each second.
    private static let lastStatusWait: Int64 = 1_200_000_000
    /// Datagrams that are under way when the sender ends need so long; a status after that has them all.
    static let settlingTime: Int64 = 100_000_000
    /// When nothing has come until then, the way may have to be opened first.
    private static let probeDelay = Duration.milliseconds(500)

    private var direction: BtestCommand.Direction { configuration.direction }
    private var length: Int64 { configuration.duration.wholeNanoseconds }

    func run() async -> BtestMeasurement {
        guard let control = opened.sockets.first, let local = PeerAddress(localOf: control.number),
            let server = PeerAddress(peerOf: control.number)?.withPort(port)
        else { return failed(.closed(step: "data")) }
        var sockets: [DatagramSocket] = []
        for index in 0..<max(configuration.connections, 1) {
            switch open(index, local: local, server: server) {
            case .success(let socket): sockets.append(socket)
            case .failure(let failure):
                return failed(.local("it has no UDP socket to spare (\(failure.words))"))
            }
        }
        let test = Running(
            self, control: control, server: server, sockets: sockets,
            size: DatagramSize(packet: Int(configuration.command.transmitSize), isIPv6: server.isIPv6))
        return await test.run()
    }

    /// The port that servers expect, or where that is taken any other: those that learn the client's port will find it.
    private func open(
        _ index: Int, local: PeerAddress, server: PeerAddress
    ) -> Result<DatagramSocket, DatagramSocket.Failure> {
        var opened = DatagramSocket.bound(
            to: local.withPort(expectedPort(index)), offload: configuration.datagramOffload)
        if case .failure = opened {
            opened = DatagramSocket.bound(to: local.withPort(0), offload: configuration.datagramOffload)
        }
        // Never connected to the server's port: RouterOS may send from another one than it named.
        return opened
    }

    private func expectedPort(_ index: Int) -> UInt16 { UInt16(exactly: Int(port) + Self.portDistance + index) ?? 0 }

    private func failed(_ error: BtestError) -> BtestMeasurement {
        var measurement = BtestMeasurement()
        measurement.authentication = opened.authentication
        measurement.error = error
        return measurement
    }

    /// A test whose sockets are open.
    private struct Running: Sendable {
        let test: BtestClientDatagrams
        let control: SocketDescriptor
        let server: PeerAddress
        let sockets: [DatagramSocket]
        let size: DatagramSize
        let rates: [AdjustableRate]
        /// As they are before the first status.
        let reports: DatagramReports
        /// Datagrams of the download that did not arrive, so far.
        let losses = ByteMeter()
        /// What may be received; nil where no rate was asked for.
        let allowance: DatagramAllowance?
        let origin: Int64
        let deadline: Int64

        init(
            _ test: BtestClientDatagrams, control: SocketDescriptor, server: PeerAddress, sockets: [DatagramSocket],
            size: DatagramSize
        ) {
            self.test = test
            self.control = control
            self.server = server
            self.sockets = sockets
            self.size = size
            reports = DatagramReports(size: size, cap: test.configuration.bitsPerSecond)
            let share = reports.limit / Double(sockets.count)
            rates = sockets.map { _ in AdjustableRate(share) }
            allowance = test.configuration.bitsPerSecond.map {
                DatagramAllowance(bitsPerSecond: $0, nanoseconds: test.length, size: size, stop: test.stop)
            }
            origin = MonotonicClock.now()
            deadline = origin + test.length
        }

        func run() async -> BtestMeasurement {
            var cpu = CPUMeter()
            async let control = exchangeStatuses()
            async let probing: Void = openWay()
            async let sent = counts(of: test.direction.includesUpload) { await send($0) }
            let received = await counts(of: test.direction.includesDownload) { await receive($0) }
            let endedAt = received.map(\.endedAt).max() ?? test.length
            let evaluation = BtestDatagramEvaluation(
                direction: test.direction, length: allowance?.isExhausted == true ? endedAt : test.length, size: size,
                received: received, sent: await sent,
                server: server.description)
            let localCPU = cpu.load()
            let (reports, end, closedAt) = await control
            _ = await probing
            var measurement = evaluation.measurement(
                reports: reports, brokenAt: end == .peerClosed ? closedAt : nil)
            measurement.authentication = test.opened.authentication
            measurement.localCPU = localCPU
            measurement.rateExceeded = allowance?.isExceeded(after: endedAt) ?? false
            if Task.isCancelled { measurement.error = .stopped }
            return measurement
        }

        /// One count for each socket; none where the direction is not wanted.
        private func counts(
            of wanted: Bool, _ body: @escaping @Sendable (Int) async -> DatagramCount?
        ) async -> [DatagramCount] {
            guard wanted else { return [] }
            return await withTaskGroup(of: (Int, DatagramCount?).self) { group in
                for index in sockets.indices {
                    group.addTask { (index, await body(index)) }
                }
                var counts = [DatagramCount?](repeating: nil, count: sockets.count)
                for await (index, count) in group { counts[index] = count }
                return counts.compactMap(\.self)
            }
        }

        /// What each socket carries at most; nil without a limit.
        private var share: Double? { test.configuration.bitsPerSecond.map { $0 / Double(sockets.count) } }

        private func receive(_ index: Int) async -> DatagramCount? {
            let receiver = DatagramReceiver(
                socket: sockets[index], flows: DatagramOrigin.mostFlows, headers: size.headers, stop: test.stop,
                meter: test.monitor.download, losses: losses, origin: origin, deadline: deadline,
                allowance: allowance)
            let server = server
            let counts = await DataThread.run("btest-receive", carrying: share, stop: test.stop) {
                var origins = DatagramOrigin(server: server)
                return receiver.loop { source, _, sequence, now in
                    origins.flow(of: source.unmapped, sequence: sequence, at: now)
                }
            }
            return DatagramCount.sum(of: counts)
        }

        private func send(_ index: Int) async -> DatagramCount? {
            let sender = DatagramSender(
                socket: sockets[index], targets: DatagramTargets([server]), size: size, rate: rates[index],
                randomData: test.configuration.randomData, stop: test.stop, meter: test.monitor.upload, origin: origin,
                deadline: deadline)
            return await DataThread.run("btest-send", carrying: share, stop: test.stop) { sender.loop() }
        }

        /// Statuses to and fro; the server's set the rate. The end of the connection ends the test.
        private func exchangeStatuses() async -> (DatagramReports, BtestStatusChannel.End, endedAt: Int64) {
            let uploads = test.direction.includesUpload
            let channel = BtestStatusChannel(
                socket: control, stop: test.stop, origin: origin,
                deadline: deadline + (uploads ? BtestClientDatagrams.lastStatusWait : 0),
                received: test.monitor.download)
            return await DataThread.run("btest-status", carrying: 0, stop: test.stop) { [self] in
                var reports = reports
                return channel.loop(surplus: test.opened.surplus) { [self] status, instant in
                    reports.received(status, at: instant - origin, sent: test.monitor.upload.bytes)
                    test.monitor.remoteCPUPercent.set(Int64(status.cpuPercent))
                    // What of an upload is lost shows at the end alone: until then some is always under way.
                    if test.direction.includesDownload { test.monitor.lostPackets.set(losses.bytes) }
                    let share = reports.limit / Double(rates.count)
                    for rate in rates { rate.bitsPerSecond = share }
                    return uploads && instant - deadline >= BtestClientDatagrams.settlingTime
                }.map { [self] end in
                    if end == .peerClosed { test.stop.raise() }
                    return (reports, end, endedAt: MonotonicClock.now() - origin)
                }
            }
        }

        /// Empty datagrams open a NAT and tell the server our ports: at once where that was asked for, there are several or one is not the
        /// one that the server expects, else when nothing has come after a while.
        private func openWay() async {
            guard test.direction.includesDownload else { return }
            let areExpected = sockets.indices.allSatisfy { sockets[$0].local.port == test.expectedPort($0) }
            if test.configuration.natProbe || !areExpected || sockets.count > 1 { probe() }
            try? await Task.sleep(for: BtestClientDatagrams.probeDelay)
            if test.monitor.download.bytes == 0, !test.stop.isRaised, MonotonicClock.now() < deadline { probe() }
        }

        private func probe() {
            for socket in sockets { socket.sendOnce([], to: server) }
        }
    }
}

extension DatagramSocket.Failure {
    /// The system's words.
    var words: String { String(cString: strerror(errno)).lowercased() }
}
