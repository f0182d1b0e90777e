import ServerLimits
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
    let sent = ByteMeter()

    func run() async -> PacketCount? {
        async let receiving: Void = DataThread.run("btest-receive") { receive() }
        async let sending: Void = DataThread.run("btest-send") { send() }
        _ = await (receiving, sending)
        return nil
    }

    /// Counts what the client sends. Where it should send nothing, the same loop notices that it left.
    private func receive() {
        let isAsked = command.direction.includesUpload
        let end = StreamReceiver(
            socket: socket, stop: ending.stop, meter: received, origin: origin, deadline: deadline,
            bitsPerSecond: receiveLimit,
            allowance: isAsked ? grant.received : UnaskedAllowance(counting: grant.received), keepsTuples: false
        ).count().end
        ending.end(
            isAsked || end != .exhausted ? .init(end, of: grant) : .violation("data in a test that only downloads"))
    }

    /// Sends data where the client asked for it, and on the first connection a status each second while the client sends: RouterOS tells the
    /// sum of all there (docs/protocols/btest.md, Status message).
    private func send() {
        let payload: StreamSender.Payload =
            command.direction.includesDownload ? (command.randomData ? .random : .zeros) : .nothing
        let sender = StreamSender(
            socket: socket, stop: ending.stop, meter: sent, origin: origin, deadline: deadline, payload: payload,
            bitsPerSecond: payload == .nothing ? nil : sendLimit, isTwoWay: command.direction == .both,
            allowance: payload == .nothing ? nil : grant.sent, keepsTuples: false)
        guard command.direction.includesUpload, !reported.isEmpty else {
            return ending.end(.init(sender.run().end, of: grant))
        }
        let total = { reported.reduce(0) { $0 + $1.bytes } }
        var ticker = BtestStatusTicker(origin: origin, reported: total())
        let end = sender.run { ticker.interjection(at: $0, received: total()) }.end
        ending.end(.init(end, of: grant))
    }
}
