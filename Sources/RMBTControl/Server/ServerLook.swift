import NIOCore
import NIOPosix
import NIOSSL
import Transfer

/// Looks how an RMBT server wants to be spoken to, without doing what it would hold against its visitor.
///
/// First without TLS: a classic server greets within ``greetingTime``; one that stays silent is asked for the HTTP upgrade on the
/// same connection. Only then the same with TLS. What is known already is looked at alone, so a server with TLS sees a visitor
/// without it once.
enum ServerLook {
    static let greetingTime = TimeAmount.milliseconds(300)
    static let connectTime = TimeAmount.seconds(3)
    /// For one connection in all.
    static let connectionTime = TimeAmount.seconds(5)

    /// - Parameter known: how the server answered the last time.
    static func look(
        at server: ControlledServer, known: ControlledServer.Manner?
    ) async -> ControlledServer.Manner? {
        let wanted = known?.hasTLS ?? server.hasTLS
        for hasTLS in [false, true] where wanted == nil || wanted == hasTLS {
            let kind = known?.kind ?? server.kind
            if let found = await kindOf(server, hasTLS: hasTLS, expected: kind) {
                return ControlledServer.Manner(kind: found, hasTLS: hasTLS)
            }
            if Task.isCancelled { return nil }
        }
        return nil
    }

    private static func kindOf(
        _ server: ControlledServer, hasTLS: Bool, expected: ControlledServer.Kind?
    ) async -> ControlledServer.Kind? {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: ControlledServer.Kind?.self)
        let bootstrap = ClientBootstrap(group: group).connectTimeout(connectTime).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if hasTLS {
                    try channel.pipeline.syncOperations.addHandler(tlsHandler(host: server.host))
                }
                try channel.pipeline.syncOperations.addHandler(
                    ServerLookHandler(
                        host: server.addressText, hasTLS: hasTLS, expected: expected, promise: promise))
            }
        }
        // Nothing here waits for the resolver, which knows no time limit.
        bootstrap.connect(host: server.host, port: server.port).whenFailure { _ in promise.succeed(nil) }
        let deadline = promise.futureResult.eventLoop.scheduleTask(in: connectTime + connectionTime) {
            promise.succeed(nil)
        }
        defer { deadline.cancel() }
        return await withTaskCancellationHandler {
            (try? await promise.futureResult.get()) ?? nil
        } onCancel: {
            promise.succeed(nil)
        }
    }

    /// Any certificate is taken: nothing secret is said, and the clients judge it themselves.
    private static func tlsHandler(host: String) throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let isLiteral = host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        return try NIOSSLClientHandler(context: context, serverHostname: isLiteral ? nil : host)
    }
}
