import Glibc
import ServerLimits
import Transfer

/// One TCP connection of a test at a server.
struct BtestServerConnection: Sendable {
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
    /// Bytes so far.
    let received = ByteMeter()
    let sent = ByteMeter()

    /// Moves data both ways until the test ends; ends the whole test with the connection.
    func run() async {
        async let receiving: Void = DataThread.run("btest-receive") { receive() }
        async let sending: Void = DataThread.run("btest-send") { send() }
        _ = await (receiving, sending)
    }

    /// Counts what the client sends. Where it should send nothing, the same loop notices that it left.
    private func receive() {
        let isAsked = command.direction.includesUpload
        let end = StreamReceiver(
            socket: socket, stop: ending.stop, meter: received, origin: origin, deadline: deadline,
            bitsPerSecond: receiveLimit,
            allowance: isAsked ? grant.received : UnaskedAllowance(counting: grant.received)
        ).count().end
        ending.end(isAsked || end != .exhausted ? reason(end) : .violation("data in a test that only downloads"))
    }

    /// Sends data where the client asked for it, and a status each second while the client sends.
    private func send() {
        let payload: StreamSender.Payload =
            command.direction.includesDownload ? (command.randomData ? .random : .zeros) : .nothing
        let sender = StreamSender(
            socket: socket, stop: ending.stop, meter: sent, origin: origin, deadline: deadline, payload: payload,
            bitsPerSecond: payload == .nothing ? nil : sendLimit, allowance: payload == .nothing ? nil : grant.sent)
        guard command.direction.includesUpload else { return ending.end(reason(sender.run().end)) }
        var ticker = BtestStatusTicker(origin: origin)
        ending.end(reason(sender.run { ticker.interjection(at: $0, received: received.bytes) }.end))
    }

    private func reason(_ end: TransferEnd) -> BtestServedTestResult.Reason {
        switch end {
        case .deadline: .maxDuration
        // Whoever raised the signal had the first word.
        case .stopped: .serverStopped
        case .peerClosed, .failed(errno: ECONNRESET), .failed(errno: EPIPE): .clientLeft
        case .exhausted: .quota(grant.exhaustion?.description ?? "a quota is used up")
        case .failed(errno: ETIMEDOUT): .failed("the client did not answer any more")
        case .failed(let error): .failed(String(cString: strerror(error)).lowercased())
        }
    }
}
