import NIOCore
import NIOPosix
import NIOSSL
import Sockets

/// Looks how an RMBT server wants to be spoken to, without doing what it would hold against its visitor.
///
/// Of several addresses each is looked at until one answers, as the clients do. First without TLS: a classic server greets within ``greetingTime``; one that stays silent is asked for the HTTP upgrade on the
/// same connection. Only then the same with TLS. What is known already is looked at alone, so a server with TLS sees a visitor
/// without it once.
enum ServerLook {
    static let greetingTime = TimeAmount.milliseconds(300)
    static let connectTime = TimeAmount.seconds(3)
    /// For one connection in all.
    static let connectionTime = TimeAmount.seconds(5)
    /// Further addresses of a name are not looked at.
    static let mostAddresses = 8

    /// - Parameters:
    ///   - known: how the server answered the last time.
    ///   - lookup: finds the addresses of a name.
    static func look(
        at server: ControlledServer, known: ControlledServer.Manner?, lookup: AddressLookup = .system
    ) async -> ControlledServer.Manner? {
        let wanted = known?.hasTLS ?? server.hasTLS
        let addresses = await addresses(of: server, lookup)
        for address in addresses {
            for hasTLS in [false, true] where wanted == nil || wanted == hasTLS {
                let kind = known?.kind ?? server.kind
                switch await visit(server, at: address, of: addresses.count, hasTLS: hasTLS, expected: kind) {
                case .unreachable: break
                case .found(nil): continue
                case .found(let found?): return ControlledServer.Manner(kind: found, hasTLS: hasTLS)
                }
                break
            }
            if Task.isCancelled { return nil }
        }
        return nil
    }

    private static func addresses(of server: ControlledServer, _ lookup: AddressLookup) async -> [PeerAddress] {
        let limit = MonotonicClock.now() + connectTime.nanoseconds
        let found = await DataThread.run("server-look") {
            lookup.addresses(of: server.host, port: server.port, until: limit)
        }
        return Array(((try? found.get()) ?? []).prefix(mostAddresses))
    }

    private enum Visit {
        /// No connection came about: there is nobody to ask in another manner.
        case unreachable
        case found(ControlledServer.Kind?)
    }

    private static func visit(
        _ server: ControlledServer, at address: PeerAddress, of count: Int, hasTLS: Bool,
        expected: ControlledServer.Kind?
    ) async -> Visit {
        let stop = StopSignal()
        // The addresses share the time, so that dead ones do not hold up the next look.
        let limit = MonotonicClock.now() + connectTime.nanoseconds / Int64(max(count, 1))
        let connected = await withTaskCancellationHandler {
            await DataThread.run("server-look") { StreamConnector.connect(to: address, stop: stop, until: limit) }
        } onCancel: {
            stop.raise()
        }
        guard case .success(let connection) = connected, let socket = connection.socket.duplicate() else {
            return .unreachable
        }
        return .found(await kindOf(server, on: socket, hasTLS: hasTLS, expected: expected))
    }

    /// - Parameter socket: connected; it is closed when the visit ends.
    private static func kindOf(
        _ server: ControlledServer, on socket: NIOBSDSocket.Handle, hasTLS: Bool, expected: ControlledServer.Kind?
    ) async -> ControlledServer.Kind? {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: ControlledServer.Kind?.self)
        let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if hasTLS {
                    try channel.pipeline.syncOperations.addHandler(tlsHandler(host: server.host))
                }
                try channel.pipeline.syncOperations.addHandler(
                    ServerLookHandler(
                        host: server.addressText, hasTLS: hasTLS, expected: expected, promise: promise))
            }
        }
        bootstrap.withConnectedSocket(socket).whenFailure { _ in promise.succeed(nil) }
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
