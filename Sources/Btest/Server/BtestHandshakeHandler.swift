import Glibc
import NIOCore
import ServerLimits
import Sockets

/// Performs what a ``BtestServerSession`` decides, on one accepted connection, until its descriptor goes to a test.
final class BtestHandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: BtestServer.Configuration
    private let gate: ConnectionGate
    private let desk: BtestAdmissionDesk
    private let ports: BtestPortPool
    private let record: BtestServerRecord
    private var session: BtestServerSession?
    private var address: IPAddress?
    private var port: Int?
    private var timeout: Scheduled<Void>?
    private var hasHeard = false
    private var isOver = false
    private var isInGate = false
    private var error: (any Error)?

    init(
        configuration: BtestServer.Configuration, gate: ConnectionGate, desk: BtestAdmissionDesk, ports: BtestPortPool,
        record: BtestServerRecord
    ) {
        self.configuration = configuration
        self.gate = gate
        self.desk = desk
        self.ports = ports
        self.record = record
    }

    /// The peer's address, without its port.
    private var peer: String { address?.description ?? "?" }

    func channelActive(context: ChannelHandlerContext) {
        address = context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        port = context.remoteAddress?.port
        guard let address, enter(SourceAddress(address)) else {
            isOver = true
            return context.close(promise: nil)
        }
        let deadline = TimeAmount.nanoseconds(configuration.handshakeTimeout.wholeNanoseconds)
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: deadline) { [self] in
            refuse(.handshakeTimeout, context)
        }
        var random = SystemRandomNumberGenerator()
        var session = BtestServerSession(
            accounts: configuration.accounts, peer: address,
            nonce: (0..<BtestAnswer.nonceLength).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        let hello = session.accepted()
        self.session = session
        perform(hello, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        hasHeard = true
        session?.isBarred = address.map { gate.loginBar(for: SourceAddress($0)) != nil } ?? true
        for action in session?.bytesReceived(unwrapInboundIn(data).readableBytesView) ?? [] where !isOver {
            perform(action, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        guard !isOver else { return }
        isOver = true
        leave(hasHeard ? .leftEarly : .saidNothing)
        record.left(peer, error: error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.error = error
        context.close(promise: nil)
    }

    /// Whether the connection is let in; who is not costs no more than the accepting of it.
    private func enter(_ source: SourceAddress) -> Bool {
        if let drop = gate.connectionArrived(from: source) {
            record.dropped(source, drop)
            return false
        }
        isInGate = true
        return true
    }

    /// The handshake is over, well or with an offence.
    private func leave(_ offence: SourcePenalties.Offence?) {
        guard isInGate, let address else { return }
        isInGate = false
        gate.handshakeEnded(from: SourceAddress(address), offence: offence)
    }

    private func perform(_ action: BtestServerSession.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .send(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .close(let refusal): refuse(refusal, context)
        case .closeAfter(let bytes, let refusal): refuse(refusal, context, saying: bytes)
        case .admit(let command, let userName): admit(command, userName, context)
        case .join(let token):
            guard desk.canJoin(token: token, from: peer) else { return refuse(.unknownToken, context) }
            // A join is not answered: a client that expects none would count it as data.
            handOver([], context) { [desk] in desk.joined($0, token: token) }
        }
    }

    private func admit(_ command: BtestCommand, _ userName: String?, _ context: ChannelHandlerContext) {
        var datagrams: DatagramSocket?
        if command.transport == .udp {
            datagrams = openPort(context)
            guard datagrams != nil else { return refuse(.noPort, context, saying: BtestAnswer.refused.encoded) }
        }
        let ticket: BtestAdmissionDesk.Ticket
        do {
            ticket = try desk.admit(command, userName: userName, from: peer, port: port)
        } catch {
            return refuse(error, context, saying: BtestAnswer.refused.encoded, userName: userName)
        }
        // The number of the UDP port may share a segment with the answer.
        let port = datagrams.map { [UInt8($0.local.port >> 8 & 0xFF), UInt8($0.local.port & 0xFF)] } ?? []
        handOver(BtestAnswer.begin(token: ticket.token).encoded + port, context) { [desk] in
            desk.opened($0, ticket: ticket, datagrams: datagrams)
        }
    }

    /// A UDP port on the address that this client speaks to; nil when none is free.
    private func openPort(_ context: ChannelHandlerContext) -> DatagramSocket? {
        let local = context.localAddress?.withSockAddr { PeerAddress($0, length: socklen_t($1)) } ?? nil
        return local.flatMap { ports.open(on: $0.unmapped) }
    }

    /// Sends the last answer, gives a second descriptor of the socket away and closes the channel's own: from then on
    /// the stream belongs to the test's threads.
    private func handOver(
        _ answer: [UInt8], _ context: ChannelHandlerContext, to receiver: @escaping (SocketDescriptor?) -> Void
    ) {
        isOver = true
        timeout?.cancel()
        leave(nil)
        // Whatever the client sends now is test data, and not for this channel to read.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let written = context.eventLoop.makePromise(of: Void.self)
        let pipeline = context.pipeline.syncOperations
        let channel = context.channel
        written.futureResult.assumeIsolated().whenComplete { result in
            var socket: SocketDescriptor?
            if case .success = result {
                socket =
                    try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                        SocketDescriptor(duplicating: $0)
                    } ?? nil
            }
            receiver(socket)
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: written)
    }

    private func refuse(
        _ refusal: BtestRefusal, _ context: ChannelHandlerContext, saying bytes: [UInt8]? = nil, userName: String? = nil
    ) {
        guard !isOver else { return }
        isOver = true
        timeout?.cancel()
        leave(refusal.offence)
        record.refused(peer, port: port, userName: userName, refusal)
        guard let bytes else { return context.close(promise: nil) }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
    }
}

extension BtestRefusal {
    /// What its source is penalised for; nil where it did nothing wrong.
    var offence: SourcePenalties.Offence? {
        switch self {
        case .login: .failedLogin
        case .violation: .violation
        case .handshakeTimeout: .unfinishedHandshake
        // An honest client's last connection may come after its test.
        case .unknownToken: .leftEarly
        case .tooManySessions, .tooManyConnections, .tooManySessionsFromAddress, .tooManySessionsOfUser, .quota,
            .barred, .noPort,
            .stopping:
            nil
        }
    }
}
