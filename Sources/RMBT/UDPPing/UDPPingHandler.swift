import Logging
import NIOCore
import ServerLimits

/// Performs what a ``UDPPingResponder`` decides.
final class UDPPingHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private var responder: UDPPingResponder
    private let logger: Logger
    private let clock: @Sendable () -> Int64

    init(_ responder: UDPPingResponder, logger: Logger, clock: @escaping @Sendable () -> Int64) {
        self.responder = responder
        self.logger = logger
        self.clock = clock
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        // Where replies do not get out, pings are lost as on any full line.
        guard context.channel.isWritable,
            let address = datagram.remoteAddress.ipAddress.flatMap({ IPAddress($0) }),
            let reply = responder.reply(to: Array(datagram.data.readableBytesView), from: address, at: clock())
        else { return }
        let answer = AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: ByteBuffer(bytes: reply.encoded))
        context.write(wrapOutboundOut(answer), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    /// An unreachable peer is told on the socket of all; the service goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("ping service", metadata: ["error": "\(error)"])
    }
}
