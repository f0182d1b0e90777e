import ServerLimits
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import Btest

/// Quotas at a real server.
@Suite(.usesSockets, .serialized) struct QuotaTests {
    private static let localhost = UsageSubject.address("127.0.0.1")
    private static let turn: Int64 = 131_072

    private let ledger = QuotaLedger()
    private let recorder = EventRecorder()

    private func with(
        _ rules: [QuotaRule], accounts: BtestAccounts = .open, _ body: (Int) async throws -> Void
    ) async throws {
        try await LoopbackServer.with(accounts: accounts) {
            $0.addressQuotas = rules
            $0.ledger = ledger
            $0.events = { [recorder] in recorder.note($0) }
        } _: {
            try await body($0)
        }
    }

    private func client(
        _ port: Int, _ direction: BtestCommand.Direction, connections: Int = 1, speed: Double = 80e6
    ) -> BtestClient {
        BtestClient(
            .init(
                host: "127.0.0.1", port: port, direction: direction, duration: .seconds(20), bitsPerSecond: speed,
                connections: connections))
    }

    @Test(arguments: [
        (BtestCommand.Direction.download, QuotaDirection.sent, 1), (.upload, .received, 1), (.both, .combined, 1),
        (.both, .combined, 4), (.both, .sent, 2), (.download, .combined, 3),
    ])
    func `a quota ends a running test within one write of each connection and direction`(
        direction: BtestCommand.Direction, counted: QuotaDirection, connections: Int
    ) async throws {
        let rule = QuotaRule(.month, counted, bytes: 4_000_000)
        try await with([rule]) { port in
            let began = MonotonicClock.now()
            let measurement = await client(port, direction, connections: connections).run()
            #expect(measurement.error != nil)
            #expect(MonotonicClock.now() - began < 15_000_000_000)
            let result = try #require(await recorder.result())
            let used = ledger.used(by: Self.localhost, .month, counted)
            let loops = Int64(connections * (counted == .combined && direction == .both ? 2 : 1))
            #expect(used >= rule.bytes && used <= rule.bytes + loops * Self.turn)
            #expect(ledger.used(by: Self.localhost, .month, .sent) == result.bytesSent)
            #expect(ledger.used(by: Self.localhost, .month, .received) == result.bytesReceived)
            guard case .quota(let sentence) = result.reason else {
                Issue.record("\(result.reason)")
                return
            }
            let way = counted == .combined ? "in and out" : counted.rawValue
            #expect(sentence.hasPrefix("address 127.0.0.1 has used "))
            #expect(sentence.hasSuffix(" of 4 MB for this month (\(way))"))
            #expect(result.connections == connections)
            #expect(ledger.takeUnsaved().reduce(0) { $0 + $1.bytesSent } == result.bytesSent)
        }
    }

    @Test func `tests at the same time share what is left`() async throws {
        let rule = QuotaRule(.day, .combined, bytes: 8_000_000)
        try await with([rule]) { port in
            await withTaskGroup(of: Void.self) { group in
                for direction in [BtestCommand.Direction.download, .upload, .download] {
                    group.addTask { _ = await client(port, direction, speed: 80e6).run() }
                }
            }
            let used = ledger.used(by: Self.localhost, .day, .combined)
            #expect(used >= rule.bytes && used <= rule.bytes + 3 * Self.turn)
        }
    }

    @Test func `who has nothing left is refused before a byte flows, and may still move the other way`() async throws {
        try await with([QuotaRule(.week, .sent, bytes: 0)]) { port in
            for direction in [BtestCommand.Direction.download, .both] {
                let command = BtestCommand(transport: .tcp, direction: direction).encoded
                let heard = try await ScriptedPeer.run(port: port) { peer in
                    peer.say(command)
                    return peer.hear(100)
                }
                #expect(heard == [1, 0, 0, 0, 0, 0, 0, 0])
            }
            guard case .refused(let peer, nil, let refusal) = recorder.events.first else {
                Issue.record("\(String(describing: recorder.events.first))")
                return
            }
            #expect(peer.hasPrefix("127.0.0.1:"))
            #expect(refusal == .quota("address 127.0.0.1 has used 0 B of 0 B for this week (out)"))
            let upload = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, direction: .upload, duration: .milliseconds(200),
                    bitsPerSecond: 20e6)
            ).run()
            #expect(upload.error == nil)
            #expect(ledger.used(by: Self.localhost, .week, .received) > 0)
        }
    }

    @Test func `a user's own quota takes the place of the server's, and a test by another user goes on`() async throws {
        let directory = FixedAccounts(accounts: [
            "poor": BtestAccount(md5Password: "p", quotas: [QuotaRule(.day, .sent, bytes: 500_000)]),
            "rich": BtestAccount(md5Password: "p", quotas: [QuotaRule(.day, .sent, bytes: .max)]),
        ])
        try await LoopbackServer.with(accounts: .md5(directory: directory)) {
            $0.userQuotas = [QuotaRule(.day, .sent, bytes: 10)]
            $0.ledger = ledger
        } _: { port in
            func run(_ name: String) async -> BtestMeasurement {
                await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, userName: name, password: "p", direction: .download,
                        duration: .seconds(2), bitsPerSecond: 20e6)
                ).run()
            }
            let (poor, rich) = await (run("poor"), run("rich"))
            #expect(poor.error != nil)
            #expect(rich.error == nil)
            #expect((500_000...631_072).contains(ledger.used(by: .user("poor"), .day, .sent)))
            #expect(ledger.used(by: .user("rich"), .day, .sent) > 2_000_000)
        }
    }

    @Test func `a client that asks for a download cannot upload what no quota allows`() async throws {
        try await with([QuotaRule(.day, .received, bytes: 0)]) { port in
            try await ScriptedPeer.run(port: port) { peer in
                peer.say(BtestCommand(transport: .tcp, direction: .download, remoteTransmitSpeed: 8000).encoded)
                _ = peer.hear(8)
                for _ in 0..<64 { peer.say([UInt8](repeating: 0, count: 1 << 16)) }
                peer.hearOut()
            }
            let result = try #require(await recorder.result())
            #expect(result.reason == .violation("data in a test that only downloads"))
            #expect((1 << 20...(1 << 20) + Self.turn).contains(result.bytesReceived))
            #expect(ledger.used(by: Self.localhost, .day, .received) == result.bytesReceived)
        }
    }
}
