import NIOCore
import NIOPosix
import NIOSSL
import Sockets
import Transfer

/// One open connection to an RMBT server, from outside its event loop.
struct RMBTConnection: Sendable {
    typealias Outcome = RMBTClientHandler.Outcome

    private let channel: any Channel
    private let handler: NIOLoopBound<RMBTClientHandler>

    /// Puts a connected socket on an event loop, with TLS and an HTTP request where they are asked for, and gets the server ready
    /// for commands.
    ///
    /// - Parameters:
    ///   - request: for RMBThttp or RMBTws; nil for classic RMBT.
    ///   - timeout: seconds for TLS, request, greeting and token together.
    ///   - mark: how much of a download wakes the event loop.
    static func open(
        _ connection: StreamConnector.Connection, tls: RMBTClient.TLS?, serverName: String?,
        request: RMBTUpgradeRequest? = nil, token: String, timeout: Double,
        mark: LowWaterMark = SocketDrain.mark
    ) async -> (RMBTConnection?, Outcome) {
        guard let socket = connection.socket.duplicate() else {
            return (nil, Outcome(error: .local("it has no file descriptor left")))
        }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: RMBTChannelOptions.receiveAllocator)
            .channelOption(.writeBufferWaterMark, value: RMBTChannelOptions.waterMark)
            // Nothing is read before the operation that waits for the greeting has begun.
            .channelOption(.autoRead, value: false)
        do {
            let opened = try await bootstrap.withConnectedSocket(socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls.context, serverHostname: serverName))
                    }
                    if let request {
                        try channel.pipeline.syncOperations.addHandler(RMBTClientUpgradeHandler(request))
                    }
                    let handler = RMBTClientHandler(token: token, mark: mark)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return RMBTConnection(
                        channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
            let outcome = await opened.run { handler, eventLoop in
                let future = handler.open(seconds: timeout, on: eventLoop)
                opened.channel.setOption(.autoRead, value: true).whenFailure { _ in }
                return future
            }
            if outcome.error != nil { opened.close() }
            return (outcome.error == nil ? opened : nil, outcome)
        } catch {
            return (
                nil,
                Outcome(
                    error: RMBTTLSError.sentence(for: error, certificate: nil, at: 0).map { .tls($0) }
                        ?? .local("\(error)"))
            )
        }
    }

    func ping(timeout: Double) async -> Outcome {
        await run { $0.ping(seconds: timeout, on: $1) }
    }

    func getChunks(_ count: Int, size: Int, timeout: Double, meter: ByteMeter?) async -> Outcome {
        await run { $0.getChunks(count, size: size, seconds: timeout, meter: meter, on: $1) }
    }

    func download(duration: Int, size: Int, grace: Double, origin: Int64, meter: ByteMeter?) async -> Outcome {
        await run {
            $0.download(duration: duration, size: size, grace: grace, origin: origin, meter: meter, on: $1)
        }
    }

    func upload(
        _ upload: RMBTClientHandler.Upload, timeout: Double, reports: UploadReports, origin: Int64, meter: ByteMeter?
    ) async -> Outcome {
        await run {
            $0.upload(
                upload, seconds: timeout, reports: reports, origin: origin, meter: meter, on: $1)
        }
    }

    /// Gives a running operation so many seconds more and not its whole deadline.
    func hurry(within seconds: Double) {
        channel.eventLoop.execute { [handler] in handler.value.hurry(within: seconds) }
    }

    func close() {
        channel.eventLoop.execute { [handler] in handler.value.close() }
    }

    private func run(
        _ operation: @escaping @Sendable (RMBTClientHandler, any EventLoop) -> EventLoopFuture<Outcome>
    ) async -> Outcome {
        await withTaskCancellationHandler {
            do {
                return try await channel.eventLoop.flatSubmit { [handler, eventLoop = channel.eventLoop] in
                    operation(handler.value, eventLoop)
                }.get()
            } catch {
                return Outcome(error: .local("\(error)"))
            }
        } onCancel: {
            channel.eventLoop.execute { [handler] in handler.value.cancel() }
        }
    }
}
