import Logging
import NIOCore
import ServerLimits
import Sockets

/// Stands at a connection's door, before TLS: drops those who may not come, bounds the time until the token, and tells the gate how
/// that ended.
///
/// The handlers behind it learn of a connection only when it is let in. Whoever is dropped gets no byte.
final class RMBTArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let register: RMBTConnectionRegister
    private let timeout: Duration
    private let logger: Logger
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    private var hasHeard = false
    private var isInGate = false
    /// nil for a peer without an IP address.
    private(set) var address: IPAddress?

    /// - Parameter timeout: from the connection's beginning to the end of its token.
    init(register: RMBTConnectionRegister, timeout: Duration, logger: Logger) {
        self.register = register
        self.timeout = timeout
        self.logger = logger
    }

    var source: SourceAddress? { address.map { SourceAddress($0) } }

    /// The token is judged, or the connection refused before; further calls do not count.
    ///
    /// - Parameter offence: what there is to be said against the peer.
    func handshakeEnded(_ offence: SourcePenalties.Offence?) {
        guard isInGate, let source else { return }
        isInGate = false
        deadline?.cancel()
        register.gate.handshakeEnded(from: source, offence: offence)
    }

    /// Closes past TLS. Where the socket has failed there is nobody to take leave of, and TLS would keep all that the connection holds for
    /// the 5 s in which it waits for a farewell: at some hundred such clients a second that is a hundred megabytes.
    func closeAtOnce() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        address = context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        guard let source else { return context.close(promise: nil) }
        if let drop = register.gate.connectionArrived(from: source) {
            register.note(drop, from: source, in: logger)
            return context.close(promise: nil)
        }
        isInGate = true
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeout.wholeNanoseconds)) {
            [self] in
            handshakeEnded(.unfinishedHandshake)
            context.fireErrorCaught(RMBTRefusal.timeout("its token"))
            // Past TLS, which would wait for the peer's farewell.
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasHeard = true
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        handshakeEnded(hasHeard ? .leftEarly : .saidNothing)
        context.fireChannelInactive()
    }
}
