import Foundation
import Logging
import NIOCore
import NIOPosix
import ServerLimits

/// The UDP ping service beside an RMBT server (docs/protocols/rmbt.md, UDP ping).
public struct UDPPingServer: Sendable {
    private let channels: [any Channel]

    /// The addresses that the server listens on, with the ports that the system chose.
    public let addresses: [SocketAddress]

    /// Binds the listeners; pings are answered from now on.
    ///
    /// - Parameters:
    ///   - listeners: port 0 takes a free one.
    ///   - verifier: the keys of the tokens; nil answers anybody.
    /// - Throws: what the system says when an address cannot be bound.
    public static func bind(
        to listeners: [(host: String, port: Int)], verifier: RMBTTokenVerifier?, logger: Logger
    ) async throws -> UDPPingServer {
        try await bind(to: listeners, verifier: verifier, logger: logger) { Int64(Date().timeIntervalSince1970) }
    }

    /// - Parameter clock: Unix time in seconds.
    static func bind(
        to listeners: [(host: String, port: Int)], verifier: RMBTTokenVerifier?, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) async throws -> UDPPingServer {
        let bootstrap = DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // More than a request, so that one which is too long is seen to be.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        UDPPingHandler(UDPPingResponder(verifier: verifier), logger: logger, clock: clock))
                }
            }
        let channels = try await ListenAddress.bindAll(listeners, at: { $0 }) { try await bootstrap.bind(to: $1).get() }
        return UDPPingServer(channels: channels, addresses: channels.compactMap(\.localAddress))
    }

    private init(channels: [any Channel], addresses: [SocketAddress]) {
        self.channels = channels
        self.addresses = addresses
    }

    /// Answers until the task is cancelled.
    public func run() async {
        await withTaskCancellationHandler {
            for channel in channels { try? await channel.closeFuture.get() }
        } onCancel: {
            for channel in channels { channel.close(promise: nil) }
        }
    }
}
