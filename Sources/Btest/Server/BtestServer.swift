import ECSRP5
import Logging
import NIOCore
import NIOPosix
import ServerLimits

/// MikroTik's bandwidth test, as the server (docs/protocols/btest.md).
///
/// Handshakes run on SwiftNIO, so that peers who never finish one cost little; a test's data runs on threads of its
/// own.
public struct BtestServer: Sendable {
    private let configuration: Configuration
    private let record: BtestServerRecord
    private let desk: BtestAdmissionDesk
    private let channels: [any Channel]
    private let tests: AsyncStream<BtestServerTest>

    /// The addresses that the server listens on, with the ports that the system chose.
    public let addresses: [SocketAddress]

    /// Binds the listeners; connections are taken from now on and tests run once ``run()`` does.
    ///
    /// - Throws: what the system says when an address cannot be bound.
    public static func bind(
        to listeners: [(host: String, port: Int)], configuration: Configuration, logger: Logger
    ) async throws -> BtestServer {
        let (tests, continuation) = AsyncStream.makeStream(of: BtestServerTest.self)
        let gate = ConnectionGate(
            startups: configuration.startups, penalties: configuration.penalties, clock: configuration.penaltyClock)
        let desk = BtestAdmissionDesk(configuration: configuration, gate: gate, starting: continuation)
        let record = BtestServerRecord(events: configuration.events, logger: logger)
        let ports = BtestPortPool(ports: configuration.udpPorts, offload: configuration.datagramOffload)
        let bootstrap = ServerBootstrap.listening()
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // A handshake's messages are short; a peer that sends more finds the read of it bounded.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 512))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        BtestHandshakeHandler(
                            configuration: configuration, gate: gate, desk: desk, ports: ports, record: record))
                }
            }
        let channels = try await ListenAddress.bindAll(listeners, at: { $0 }) { try await bootstrap.bind(to: $1).get() }
        return BtestServer(
            configuration: configuration, record: record, desk: desk, channels: channels, tests: tests,
            addresses: channels.compactMap(\.localAddress))
    }

    private init(
        configuration: Configuration, record: BtestServerRecord, desk: BtestAdmissionDesk, channels: [any Channel],
        tests: AsyncStream<BtestServerTest>, addresses: [SocketAddress]
    ) {
        self.configuration = configuration
        self.record = record
        self.desk = desk
        self.channels = channels
        self.tests = tests
        self.addresses = addresses
    }

    /// Runs the tests that clients ask for, until the task is cancelled; then the listeners close and running tests
    /// end.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await test in tests {
                    group.addTask { await perform(test) }
                }
                group.cancelAll()
            }
        } onCancel: {
            for channel in channels { channel.close(promise: nil) }
            desk.close()
        }
    }

    private func perform(_ test: BtestServerTest) async {
        record.started(test)
        let result = await test.run(configuration, gathering: desk)
        desk.testEnded(test.ticket)
        record.ended(test, result)
    }
}
