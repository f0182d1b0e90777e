import Glibc
import ServerLimits
import Sockets
import Transfer

/// The data of an admitted UDP test at a server (docs/protocols/btest.md, UDP transfer): it lasts as long as its control connection.
struct BtestServerDatagrams: BtestServerPart {
    let command: BtestCommand
    let control: SocketDescriptor
    let socket: DatagramSocket
    let peer: PeerAddress
    let grant: QuotaGrant
    let ending: BtestTestEnding
    let origin: Int64
    let deadline: Int64
    /// bit/s with headers for what the server sends; nil for no limit.
    let sendLimit: Double?
    /// The same for what it receives.
    let receiveLimit: Double?
    let received = ByteMeter()
    let sent = ByteMeter()

    /// The client opens its ports once it has read the number of ours: data that comes before is lost and would count so.
    private static let startDelay: Int64 = 10_000_000

    private var size: DatagramSize { DatagramSize(packet: Int(command.transmitSize), isIPv6: peer.isIPv6) }

    func run() async -> PacketCount? {
        let firstPort = socket.local.port + BtestClientDatagrams.portDistance
        let expected = (0..<max(Int(command.connectionCount), 1)).map {
            peer.withPort(UInt16(exactly: firstPort + $0) ?? 0)
        }
        let targets = DatagramTargets(expected)
        let reports = DatagramReports(size: size, cap: sendLimit)
        let rate = AdjustableRate(reports.limit)
        async let receiving = receive(expected, targets)
        async let sending: Void = send(rate, targets)
        async let exchange: Void = exchangeStatuses(reports, rate, targets)
        _ = await (exchange, sending)
        return await receiving
    }

    /// Counts what the client sends. Where it should send nothing, the same loop learns its ports from its probes.
    private func receive(_ expected: [PeerAddress], _ targets: DatagramTargets) async -> PacketCount? {
        let isAsked = command.direction.includesUpload
        let receiver = DatagramReceiver(
            socket: socket, flows: expected.count, headers: size.headers, stop: ending.stop, meter: received,
            origin: origin, deadline: deadline,
            allowance: isAsked ? grant.received : UnaskedAllowance(counting: grant.received), keepsTuples: false,
            bitsPerSecond: receiveLimit)
        let counts = await DataThread.run(
            "btest-receive", carrying: isAsked ? expectedUpload : 0, stop: ending.stop
        ) {
            var flows = DatagramFlows(sources: expected, targets: targets)
            return receiver.loop { source, length, sequence, now in
                flows.flow(of: source.unmapped, length: length, sequence: sequence, at: now)
            }
        }
        if let end = counts.first?.end {
            ending.end(
                isAsked || end != .exhausted
                    ? .init(end, of: grant) : .violation("data in a test that only downloads"))
        }
        return isAsked ? counts.reduce(PacketCount()) { $0 + $1.packets } : nil
    }

    /// What the client says that it sends; nil without a limit.
    private var expectedUpload: Double? {
        command.localTransmitSpeed > 0 ? Double(command.localTransmitSpeed) : nil
    }

    private func send(_ rate: AdjustableRate, _ targets: DatagramTargets) async {
        guard command.direction.includesDownload else { return }
        let sender = DatagramSender(
            socket: socket, targets: targets, size: size, rate: rate, randomData: command.randomData,
            stop: ending.stop, meter: sent, origin: origin, startsAt: origin + Self.startDelay, deadline: deadline,
            allowance: grant.sent, keepsTuples: false)
        let count = await DataThread.run("btest-send", carrying: sendLimit, stop: ending.stop) { sender.loop() }
        ending.end(.init(count.end, of: grant))
    }

    private func exchangeStatuses(
        _ reports: DatagramReports, _ rate: AdjustableRate, _ targets: DatagramTargets
    ) async {
        let channel = BtestStatusChannel(
            socket: control, stop: ending.stop, origin: origin, deadline: deadline, received: received)
        let (origin, sent) = (origin, sent)
        let end = await DataThread.run("btest-status", carrying: 0, stop: ending.stop) {
            var reports = reports
            var way = targets.version
            return channel.loop(surplus: []) { status, instant in
                // What went to a port that the client's NAT does not have tells nothing about the way to the right one.
                let current = targets.version
                reports.received(status, at: instant - origin, sent: sent.bytes, isJudged: way == current)
                way = current
                rate.bitsPerSecond = reports.limit
                return false
            }
        }
        switch end {
        case .peerClosed: ending.end(.clientLeft)
        case .deadline: ending.end(.maxDuration)
        case .stopped, .satisfied: break
        }
    }
}
