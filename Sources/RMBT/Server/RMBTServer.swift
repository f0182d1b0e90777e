import Logging
import NIOCore
import NIOPosix
import ServerLimits
import NIOSSL

/// The RTR broadband test, as the server (specification, sections 4 and 6; docs/protocols/rmbt.md).
public struct RMBTServer: Sendable {
    /// One address to listen on.
    public struct Listener: Sendable {
        /// What clients begin with.
        public enum Transport: Sendable {
            /// Nothing: the server speaks first.
            case classic
            /// An HTTP request for RMBThttp or RMBTws.
            case http
        }

        public let host: String
        /// 0 takes a free port.
        public let port: Int
        /// nil speaks without TLS.
        public let tls: TLSContextSource?
        public let transport: Transport

        public init(host: String, port: Int, tls: TLSContextSource?, transport: Transport = .classic) {
            self.host = host
            self.port = port
            self.tls = tls
            self.transport = transport
        }
    }

    private let channels: [any Channel]
    private let quiescing: RMBTConnectionRegister

    /// The addresses that the server listens on, in the order of the listeners, with the ports that the system chose.
    public let addresses: [SocketAddress]

    /// Binds the listeners; clients are served from now on.
    ///
    /// - Throws: what the system says when an address cannot be bound.
    public static func bind(
        to listeners: [Listener], configuration: Configuration, logger: Logger
    ) async throws -> RMBTServer {
        let register = RMBTConnectionRegister(configuration)
        let channels = try await ListenAddress.bindAll(listeners, at: { ($0.host, $0.port) }) { listener, address in
            let pipeline = RMBTServerPipeline(
                listener: listener, configuration: configuration, register: register, logger: logger)
            return try await ServerBootstrap.listening()
                .childChannelOption(.recvAllocator, value: RMBTChannelOptions.handshakeAllocator)
                .childChannelOption(
                    RMBTChannelOptions.userTimeout, value: RMBTChannelOptions.userTimeout(configuration.stallTimeout)
                )
                .childChannelOption(.writeBufferWaterMark, value: RMBTChannelOptions.waterMark)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try pipeline.add(to: channel) }
                }
                .bind(to: address).get()
        }
        return RMBTServer(
            channels: channels, quiescing: register, addresses: channels.compactMap(\.localAddress))
    }

    private init(channels: [any Channel], quiescing: RMBTConnectionRegister, addresses: [SocketAddress]) {
        self.channels = channels
        self.quiescing = quiescing
        self.addresses = addresses
    }

    /// Threads that send to clients now.
    var dataThreads: Int { quiescing.threads.count }

    /// Serves until the task is cancelled; then the listeners and all connections close.
    public func run() async {
        await withTaskCancellationHandler {
            for channel in channels { try? await channel.closeFuture.get() }
        } onCancel: {
            for channel in channels { channel.close(promise: nil) }
            quiescing.closeAll()
        }
    }
}
