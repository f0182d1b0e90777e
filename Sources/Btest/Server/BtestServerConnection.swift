import ServerLimits
import Sockets
import Transfer

/// One TCP connection of a test at a server.
struct BtestServerConnection: BtestServerPart {
    let socket: SocketDescriptor
    let command: BtestCommand
    let grant: QuotaGrant
    let ending: BtestTestEnding
    let origin: Int64
    let deadline: Int64
    /// bit/s for what the server sends; nil for no limit.
    let sendLimit: Double?
    /// bit/s for what it receives; nil for no limit.
    let receiveLimit: Double?
    /// From the connection's first byte on, also of before the start.
    let received: ByteMeter
    /// What the statuses on this connection tell of: of all connections on the first, nothing on the others.
    let reported: [ByteMeter]
    /// Bytes of those that came before the start, of which no status tells. Taken before any connection receives.
    let reportedBefore: Int64
    let sent = ByteMeter()

    func run() async -> PacketCount? {
        async let receiving: Void = receive()
        async let sending: Void = send()
        _ = await (receiving, sending)
        return nil
    }

    /// Counts what the client sends. Where it should send nothing, the same loop notices that it left.
    private func receive() async {
        let isAsked = command.direction.includesUpload
        let receiver = StreamReceiver(
            socket: socket, stop: ending.stop, meter: received, origin: origin, deadline: deadline,
            bitsPerSecond: receiveLimit,
            allowance: isAsked ? grant.received : UnaskedAllowance(counting: grant.received), keepsTuples: false)
        let end = await DataThread.run(
            "btest-receive", carrying: isAsked ? expectedUpload : 0, stop: ending.stop
        ) { receiver.counting() }.end
        ending.end(
            isAsked || end != .exhausted ? .init(end, of: grant) : .violation("data in a test that only downloads"))
    }

    /// What the client says that it sends, as far as it may; nil without a limit.
    private var expectedUpload: Double? {
        let announced = command.localTransmitSpeed > 0 ? Double(command.localTransmitSpeed) : nil
        return [announced, receiveLimit].compactMap(\.self).min()
    }

    /// Sends data where the client asked for it, and on the first connection a status each second while the client sends: RouterOS tells the
    /// sum of all there (docs/protocols/btest.md, Status message).
    private func send() async {
        let payload: StreamSender.Payload =
            command.direction.includesDownload ? (command.randomData ? .random : .zeros) : .nothing
        let sender = StreamSender(
            socket: socket, stop: ending.stop, meter: sent, origin: origin, deadline: deadline, payload: payload,
            bitsPerSecond: payload == .nothing ? nil : sendLimit, isTwoWay: command.direction == .both,
            allowance: payload == .nothing ? nil : grant.sent, keepsTuples: false)
        let sendsStatuses = command.direction.includesUpload && !reported.isEmpty
        let (origin, reported, before) = (origin, reported, reportedBefore)
        let end = await DataThread.run(
            "btest-send", carrying: payload == .nothing ? 0 : sendLimit, stop: ending.stop
        ) {
            guard sendsStatuses else { return sender.loop() }
            let total = { reported.reduce(0) { $0 + $1.bytes } }
            var ticker = BtestStatusTicker(origin: origin, reported: before)
            return sender.loop { ticker.interjection(at: $0, received: total()) }
        }.end
        ending.end(.init(end, of: grant))
    }
}
