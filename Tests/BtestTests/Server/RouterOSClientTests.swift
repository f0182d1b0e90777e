import Sockets
import Synchronization
import Testing
import TestSupport

@testable import Btest

/// The server against a double of RouterOS's bandwidth-test (docs/protocols/btest.md, What live RouterOS does).
@Suite(.usesSockets) struct RouterOSClientTests {
    private static let limit: UInt32 = 10_000_000
    private let recorder = EventRecorder()

    private static func command(
        _ transport: BtestCommand.TransportProtocol, _ direction: BtestCommand.Direction, _ connections: Int
    ) -> BtestCommand {
        BtestCommand(
            transport: transport, direction: direction, connectionCount: connections > 1 ? UInt8(connections) : 0,
            remoteTransmitSpeed: direction.includesDownload ? limit : 0,
            localTransmitSpeed: direction.includesUpload ? limit : 0)
    }

    private static func run(_ client: RouterOSClient) async throws -> RouterOSClient.Outcome {
        try await DataThread.run("routeros") { () -> Result<RouterOSClient.Outcome, RouterOSClient.Failure> in
            do throws(RouterOSClient.Failure) {
                return .success(try client.run())
            } catch {
                return .failure(error)
            }
        }.get()
    }

    @Test(arguments: [BtestAuthentication.none, .ecSRP5], [BtestCommand.TransportProtocol.tcp, .udp])
    func `every direction and number of connections is served`(
        method: BtestAuthentication, transport: BtestCommand.TransportProtocol
    ) async throws {
        let accounts = try SessionFixtures.accounts(method)
        try await LoopbackServer.with(accounts: accounts) { port in
            for direction in BtestCommand.Direction.allCases {
                // A client's UDP ports are where it expects them, and those of several would overlap.
                for counts in transport == .udp ? [[1], [2], [4], [20]] : [[1, 2, 4, 20]] {
                    try await withThrowingTaskGroup(of: (Int, RouterOSClient.Outcome).self) { group in
                        for connections in counts {
                            let client = RouterOSClient(
                                port: port, command: Self.command(transport, direction, connections),
                                isLoggingIn: method != .none)
                            group.addTask { (connections, try await Self.run(client)) }
                        }
                        for try await (connections, outcome) in group {
                            let name: Comment = "\(transport) \(direction) \(connections): \(outcome)"
                            let expected = Double(Self.limit) / 8 * 1.3
                            #expect(outcome.connections == connections, name)
                            // What is there beside data: statuses, and nothing before it.
                            #expect(outcome.strays == 0, name)
                            if direction.includesDownload {
                                #expect(Double(outcome.received) > 0.4 * expected, name)
                                #expect(Double(outcome.received) < 1.3 * expected, name)
                                #expect(outcome.lost == 0, name)
                            }
                            if direction == .upload {
                                // The sum of all connections, told on the first.
                                #expect(transport == .udp || outcome.tellers == [0], name)
                                #expect(Double(outcome.told) > 0.4 * expected / 1.3, name)
                                #expect(outcome.told <= outcome.sent, name)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `a client's UDP numbers from 2 on lose nothing`() async throws {
        try await LoopbackServer.with(accounts: .open, limits: { [recorder] in $0.events = { recorder.note($0) } }) {
            port in
            _ = try await Self.run(RouterOSClient(port: port, command: Self.command(.udp, .upload, 1)))
            let result = try #require(await recorder.result())
            #expect(result.lostPackets == 0)
            #expect(result.bytesReceived > 500_000)
        }
    }

    @Test func `nothing is sent until all have joined, and then to all`() async throws {
        try await LoopbackServer.with(accounts: .open, limits: { $0.gatheringTime = .milliseconds(700) }) { port in
            var client = RouterOSClient(port: port, command: Self.command(.tcp, .download, 4), duration: 500_000_000)
            client.missingJoins = 1
            #expect(try await Self.run(client).received == 0)
            client.duration = 1_300_000_000
            let outcome = try await Self.run(client)
            #expect(outcome.received > 100_000)
            #expect(outcome.strays == 0)
        }
    }

    @Test(arguments: [BtestCommand.Direction.download, .upload, .both])
    func `a test that is given up while connections are missing frees its place at once`(
        direction: BtestCommand.Direction
    ) async throws {
        try await LoopbackServer.with(
            accounts: .open, maxSessions: 1,
            limits: { [recorder] in
                $0.maxSessionsPerAddress = 1
                $0.events = { recorder.note($0) }
            }
        ) { port in
            let began = MonotonicClock.now()
            // Unlimited: what it sends fills the server's buffers, and its end stands behind that.
            let command = BtestCommand(transport: .tcp, direction: direction, connectionCount: 4)
            var client = RouterOSClient(port: port, command: command, duration: 300_000_000)
            client.missingJoins = 2
            _ = try await Self.run(client)
            let result = try #require(await recorder.result())
            #expect(result.reason == .clientLeft)
            #expect(result.connections == 2)
            #expect(MonotonicClock.now() - began < 2_000_000_000)
            let next = await BtestClient(
                .init(host: "127.0.0.1", port: port, duration: .milliseconds(200), bitsPerSecond: 10e6)
            ).run()
            #expect(next.error == nil)
            #expect(MonotonicClock.now() - began < 3_000_000_000)
            #expect((result.bytesReceived > 0) == direction.includesUpload)
            #expect(result.seconds > 0.25 && result.seconds < 1.5)
        }
    }

    @Test func `bytes that come while connections are missing count with the time in which they came`() async throws {
        try await LoopbackServer.with(
            accounts: .open,
            limits: { [recorder] in
                $0.gatheringTime = .seconds(1)
                $0.events = { recorder.note($0) }
            }
        ) { port in
            var client = RouterOSClient(port: port, command: Self.command(.tcp, .upload, 4), duration: 1_500_000_000)
            client.missingJoins = 1
            let outcome = try await Self.run(client)
            let result = try #require(await recorder.result())
            #expect(result.connections == 3)
            #expect(result.bytesReceived == Int64(outcome.sent))
            let rate = Double(result.bytesReceived) * 8 / (result.secondsReceiving ?? result.seconds)
            #expect(rate > 0.5 * Double(Self.limit) && rate < 1.15 * Double(Self.limit))
            // What had come before the start is told in no status.
            #expect(outcome.told < outcome.sent / 2)
        }
    }

    @Test func `a join that is taken back leaves its place to another`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let heard = try await ScriptedPeer.run(port: port) { first -> [Int] in
                first.say(Self.command(.tcp, .download, 2).encoded)
                let answer = first.hear(8)
                guard case .answer(.begin(let token?), _) = BtestAnswer.decode(answer.dropFirst(4)) else { return [] }
                func join() -> ScriptedPeer? {
                    let peer = try? ScriptedPeer.connect(port: port)
                    _ = peer?.hear(4)
                    return peer
                }
                // One that leaves without a word more has taken no place.
                join()?.socket.shutDown()
                ScriptedPeer.pause(milliseconds: 100)
                let second = join()
                second?.say(BtestJoin.request(token: token))
                return [first.hear(1000).count, second?.hear(1000).count ?? 0]
            }
            #expect(heard == [1000, 1000])
        }
    }

    @Test func `several connections without a token are unsupported`() async throws {
        try await RouterOSServer.with(.init(givesToken: false)) { _, port in
            await #expect(throws: RouterOSClient.Failure.testUnsupported) {
                try await Self.run(RouterOSClient(port: port, command: Self.command(.tcp, .download, 20)))
            }
        }
    }
}
