import Glibc
import ServerLimits
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
        async let receiving = DataThread.run("btest-receive") { receive(expected, targets) }
        async let sending: Void = DataThread.run("btest-send") { send(rate, targets) }
        async let exchange: Void = DataThread.run("btest-status") { exchangeStatuses(reports, rate, targets) }
        _ = await (exchange, sending)
        return await receiving
    }

    /// Counts what the client sends. Where it should send nothing, the same loop learns its ports from its probes.
    private func receive(_ expected: [PeerAddress], _ targets: DatagramTargets) -> PacketCount? {
        var flows = DatagramFlows(sources: expected, targets: targets)
        let isAsked = command.direction.includesUpload
        let counts = DatagramReceiver(
            socket: socket, flows: expected.count, headers: size.headers, stop: ending.stop, meter: received,
            origin: origin, deadline: deadline,
            allowance: isAsked ? grant.received : UnaskedAllowance(counting: grant.received), keepsTuples: false,
            bitsPerSecond: receiveLimit
        ).run { source, length, sequence, now in
            flows.flow(of: source.unmapped, length: length, sequence: sequence, at: now)
        }
        if let end = counts.first?.end {
            ending.end(
                isAsked || end != .exhausted
                    ? .init(end, of: grant) : .violation("data in a test that only downloads"))
        }
        return isAsked ? counts.reduce(PacketCount()) { $0 + $1.packets } : nil
    }

    private func send(_ rate: AdjustableRate, _ targets: DatagramTargets) {
        guard command.direction.includesDownload else { return }
        ending.stop.wait(until: origin + Self.startDelay)
        let count = DatagramSender(
            socket: socket, targets: targets, size: size, rate: rate, randomData: command.randomData,
            stop: ending.stop, meter: sent, origin: origin, deadline: deadline, allowance: grant.sent,
            keepsTuples: false
        ).run()
        ending.end(.init(count.end, of: grant))
    }

    private func exchangeStatuses(_ reports: DatagramReports, _ rate: AdjustableRate, _ targets: DatagramTargets) {
        var reports = reports
        var way = targets.version
        let channel = BtestStatusChannel(
            socket: control, stop: ending.stop, origin: origin, deadline: deadline, received: received)
        let end = channel.run(surplus: []) { status, instant in
            // What went to a port that the client's NAT does not have tells nothing about the way to the right one.
            let current = targets.version
            reports.received(status, at: instant - origin, sent: sent.bytes, isJudged: way == current)
            way = current
            rate.bitsPerSecond = reports.limit
            return false
        }
        switch end {
        case .peerClosed: ending.end(.clientLeft)
        case .deadline: ending.end(.maxDuration)
        case .stopped, .satisfied: break
        }
    }
}
