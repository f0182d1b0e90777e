import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RMBT
import ServerLimits

/// The RMBT Control Server: gives tests to clients, takes their results, and shows a page on which a browser can measure.
public struct ControlServer: Sendable {
    private typealias Serving = @Sendable () async -> Void

    private let survey: ServerSurvey
    private let register: ControlConnectionRegister
    private let channels: [any Channel]
    private let serving: [Serving]

    /// The addresses that the server listens on, in the order of the listeners, with the ports that the system chose.
    public let addresses: [SocketAddress]

    /// Looks at the servers, then binds the listeners; clients are served from ``run()`` on.
    ///
    /// - Throws: what the system says when an address cannot be bound.
    public static func bind(
        to listeners: [Listener], configuration: Configuration, results: any ControlResults, logger: Logger
    ) async throws -> ControlServer {
        let survey = ServerSurvey(
            servers: configuration.servers, interval: configuration.surveyInterval, logger: logger,
            look: { await ServerLook.look(at: $0, known: $1) })
        return try await bind(
            to: listeners, configuration: configuration, results: results, survey: survey, logger: logger)
    }

    static func bind(
        to listeners: [Listener], configuration: Configuration, results: any ControlResults, survey: ServerSurvey,
        logger: Logger
    ) async throws -> ControlServer {
        await survey.lookAtAll()
        let service = ControlService(configuration: configuration, results: results, survey: survey, logger: logger)
        let router = ControlRouter(service: service, configuration: configuration)
        let register = ControlConnectionRegister(configuration: configuration)
        var channels: [any Channel] = []
        var serving: [Serving] = []
        do {
            for listener in listeners {
                let gate = ControlHTTP(
                    router: router, register: register, configuration: configuration, hasTLS: listener.tls != nil)
                let (channel, serve) = try await bind(listener, gate, configuration, logger)
                channels.append(channel)
                serving.append(serve)
            }
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
        return ControlServer(
            survey: survey, register: register, channels: channels, serving: serving,
            addresses: channels.compactMap(\.localAddress))
    }

    private static func bind(
        _ listener: Listener, _ gate: ControlHTTP, _ configuration: Configuration, _ logger: Logger
    ) async throws -> (any Channel, Serving) {
        let http = HTTP1Channel(
            responder: { request, writer, channel in try await gate.respond(to: request, with: writer, on: channel) },
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: RequestGuard.largestField, maxHeaderListSize: RequestGuard.largestHead,
                    maxHeaderFieldCount: 100)))
        var quiet = logger
        quiet.logLevel = .critical
        let connections = quiet
        let bound = try await ServerBootstrap.listening()
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(to: ListenAddress.resolve(host: listener.host, port: listener.port)) { channel in
                let peer = ControlHTTP.peer(of: channel)
                let source = configuration.trustsProxy(peer) ? nil : configuration.source(peer)
                // A failure here would end the listener: whoever finds no place is let in and closed.
                if !gate.register.opened(channel, from: source) { channel.close(promise: nil) }
                let arrival = NIOLoopBound(RequestArrival(), eventLoop: channel.eventLoop)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls = listener.tls {
                        try channel.pipeline.syncOperations.addHandlers(
                            BrokenSocketHandler(), NIOSSLServerHandler(context: tls.current))
                    }
                    try channel.pipeline.syncOperations.addHandler(arrival.value)
                }.flatMap {
                    http.setup(channel: channel, logger: connections)
                }.flatMapThrowing { connection in
                    let pipeline = channel.pipeline.syncOperations
                    let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                    try pipeline.addHandler(RequestGuard(arrival: arrival.value), position: .after(decoder))
                    return connection
                }
            }
        let serve: Serving = {
            try? await bound.executeThenClose { inbound in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in inbound {
                        group.addTask { await http.handle(value: connection, logger: connections) }
                    }
                }
            }
        }
        return (bound.channel, serve)
    }

    /// Serves until the task is cancelled; then the listeners and all connections close.
    public func run() async {
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                for serve in serving { group.addTask { await serve() } }
                group.addTask { await survey.run() }
                await group.waitForAll()
            }
        } onCancel: {
            for channel in channels { channel.close(promise: nil) }
            register.closeAll()
        }
    }
}
