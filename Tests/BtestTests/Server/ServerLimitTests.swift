import ServerLimits
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import Btest

/// Who may come to a real server, how often and for how long.
@Suite(.usesSockets, .serialized) struct ServerLimitTests {
    private static let hello: [UInt8] = [1, 0, 0, 0]
    private static let begin: [UInt8] = [1, 0, 0, 0]
    private static let refused: [UInt8] = [0, 0, 0, 0]

    private let recorder = EventRecorder()

    /// A directory whose accounts a test changes while the server runs.
    private final class ChangingAccounts: BtestAccountDirectory {
        let accounts = Mutex<[String: BtestAccount]>([:])

        func account(named name: String) -> BtestAccount? { accounts.withLock { $0[name] } }
    }

    /// Asks for a download of 8 kbit/s and says what the server answered; the test lives as long as the peer does.
    private func ask(
        _ port: Int, from source: String = "127.0.0.1", direction: BtestCommand.Direction = .download
    ) async throws -> (peer: ScriptedPeer, heard: [UInt8]) {
        let command = BtestCommand(transport: .tcp, direction: direction, remoteTransmitSpeed: 8000).encoded
        return try await ScriptedPeer.run(port: port, from: source) { peer in
            peer.say(command)
            return (peer, peer.hear(8))
        }
    }

    /// What a connection hears first: empty for one that is dropped.
    private func greeting(_ port: Int, from source: String = "127.0.0.1") async throws -> [UInt8] {
        try await ScriptedPeer.run(port: port, from: source) { $0.hear(4) }
    }

    private func logIn(_ port: Int, user: String = "u", password: String) async -> BtestError? {
        await BtestClient(
            .init(
                host: "127.0.0.1", port: port, userName: user, password: password, direction: .download,
                duration: .milliseconds(300), bitsPerSecond: 20e6)
        ).run().error
    }

    @Test func `an address has only so many tests at once`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.maxSessionsPerAddress = 2
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            let holders = [try await ask(port), try await ask(port)]
            #expect(holders.map(\.heard) == [Self.hello + Self.begin, Self.hello + Self.begin])
            #expect(try await ask(port).heard == Self.hello + Self.refused)
            #expect(try await ask(port, from: "127.0.0.2").heard == Self.hello + Self.begin)
            let refusal = await recorder.first { if case .refused(_, _, let refusal) = $0 { refusal } else { nil } }
            #expect(refusal == .tooManySessionsFromAddress(limit: 2))
            withExtendedLifetime(holders) {}
        }
    }

    @Test func `what an account allows may change while the server runs`() async throws {
        let directory = ChangingAccounts()
        try await LoopbackServer.with(accounts: .md5(directory: directory)) {
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            func set(_ account: BtestAccount?) { directory.accounts.withLock { $0["u"] = account } }
            #expect(await logIn(port, password: "p") == .authenticationFailed(.md5))
            set(BtestAccount(md5Password: "p"))
            #expect(await logIn(port, password: "p") == nil)
            set(BtestAccount(md5Password: "p", isEnabled: false))
            #expect(await logIn(port, password: "p") == .authenticationFailed(.md5))
            set(BtestAccount(md5Password: "p", allowedNetworks: [try AddressRange("192.0.2.0/24")]))
            #expect(await logIn(port, password: "p") == .authenticationFailed(.md5))
            set(BtestAccount(md5Password: "p", allowedNetworks: [try AddressRange("127.0.0.0/8")], maxSessions: 4))
            #expect(await logIn(port, password: "p") == nil)
            set(BtestAccount(md5Password: "p", maxSessions: 0))
            #expect(await logIn(port, password: "p") != nil)
            let failures: [BtestLoginFailure] = recorder.events.compactMap {
                if case .loginFailed(let peer, "u", let failure) = $0, peer.hasPrefix("127.0.0.1:") {
                    failure
                } else {
                    nil
                }
            }
            #expect(failures == [.unknownUser, .disabled, .addressNotAllowed])
            let refusal = await recorder.first { if case .refused(_, "u", let refusal) = $0 { refusal } else { nil } }
            #expect(refusal == .tooManySessionsOfUser(limit: 0))
        }
    }

    @Test func `a user's own limit bounds the rate`() async throws {
        let directory = FixedAccounts(accounts: ["u": BtestAccount(md5Password: "p", maxBitsPerSecond: 8e6)])
        try await LoopbackServer.with(accounts: .md5(directory: directory)) {
            $0.maxBitsPerSecond = 80e6
        } _: { port in
            let measurement = await BtestClient(
                .init(
                    host: "127.0.0.1", port: port, userName: "u", password: "p", direction: .download,
                    duration: .milliseconds(600))
            ).run()
            #expect(measurement.error == nil)
            let rate = measurement.download?.rate?.bitsPerSecond ?? 0
            #expect(rate > 1e6 && rate < 12e6)
        }
    }

    @Test(arguments: [BtestAuthentication.md5, .ecSRP5])
    func `failed logins close the door, and it opens again when their penalty has passed`(
        method: BtestAuthentication
    ) async throws {
        let accounts = try SessionFixtures.accounts(method) { _ in }
        let clock = HandClock()
        try await LoopbackServer.with(accounts: accounts) {
            $0.penalties.isEnabled = true
            $0.penaltyClock = { clock.now }
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            for user in ["u", "nobody", "u", "u"] {
                #expect(await logIn(port, user: user, password: "wrong") == .authenticationFailed(method))
            }
            // Not even a hello; and a right password helps nobody who is not let in.
            for _ in 0..<3 { #expect(try await greeting(port) == []) }
            #expect(await logIn(port, password: "right") == .closed(step: "its hello"))
            let drop = await recorder.first {
                if case .connectionDropped(let source, let reason, _) = $0 { [source, reason] } else { nil }
            }
            #expect(drop == ["127.0.0.1", "the address has a penalty for another 21 s"])
            // Another address is let in.
            let other = try await greeting(port, from: "127.0.0.2")
            #expect(other == Self.hello)
            clock.now = 20_000_000_000
            #expect(await logIn(port, password: "right") == nil)
        }
    }

    @Test func `a client with a running test may open and close as many connections as it likes`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.penalties.isEnabled = true
            $0.penalties.saidNothing = .seconds(5)
        } _: { port in
            let holder = try await ask(port)
            for _ in 0..<100 { #expect(try await greeting(port) == Self.hello) }
            withExtendedLifetime(holder) {}
        }
    }

    @Test func `a client with a running test cannot guess at other users' passwords, and its connections still join`()
        async throws
    {
        try await LoopbackServer.with(accounts: .md5(passwords: ["u": "right"])) {
            $0.penalties.isEnabled = true
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            let command = BtestCommand(transport: .tcp, direction: .download, connectionCount: 2).encoded
            let (holder, answer) = try await ScriptedPeer.run(port: port) { peer in
                peer.say(command)
                let nonce = Array(peer.hear(24).dropFirst(8))
                peer.say(MD5Response(userName: "u", password: "right", nonce: nonce)?.encoded ?? [])
                return (peer, peer.hear(4))
            }
            guard case .answer(.begin(let token?), _) = BtestAnswer.decode(answer) else { throw BtestError.refused }
            for _ in 0..<4 { #expect(await logIn(port, password: "wrong") == .authenticationFailed(.md5)) }
            #expect(await logIn(port, password: "right") == .closed(step: "an answer to the test command"))
            guard case .refused(let peer, nil, .barred) = recorder.events.last else {
                Issue.record("\(String(describing: recorder.events.last))")
                return
            }
            #expect(peer.hasPrefix("127.0.0.1:"))
            let joined = try await ScriptedPeer.run(port: port) { peer in
                _ = peer.hear(4)
                peer.say(BtestJoin.request(token: token))
                return peer.hear(4)
            }
            // A join has no answer: what comes is data.
            #expect(joined == [0, 0, 0, 0])
            withExtendedLifetime(holder) {}
        }
    }

    @Test func `a fleet behind one address may measure its latency by connecting`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.penalties.isEnabled = true
        } _: { port in
            var heard = 0
            for _ in 0..<1400 where try await greeting(port) == Self.hello { heard += 1 }
            #expect(heard == 1400)
        }
    }

    @Test func `who opens and closes connections without a test is kept away where that has a price`() async throws {
        let clock = HandClock()
        try await LoopbackServer.with(accounts: .open) {
            $0.penalties.isEnabled = true
            $0.penalties.saidNothing = .milliseconds(100)
            $0.penaltyClock = { clock.now }
        } _: { port in
            var heard = 0
            for _ in 0..<400 where try await greeting(port) == Self.hello { heard += 1 }
            // 15 s at 0.1 s each; the server learns of a close some time after it.
            #expect(heard > 150 && heard < 300)
        }
    }

    @Test func `one address has only so many connections within their handshake`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.startups.perSource = 5
        } _: { port in
            var waiting: [ScriptedPeer] = []
            for _ in 0..<5 {
                waiting.append(
                    try await ScriptedPeer.run(port: port) { peer in
                        #expect(peer.hear(4) == Self.hello)
                        return peer
                    })
            }
            #expect(try await greeting(port) == [])
            #expect(try await greeting(port, from: "127.0.0.2") == Self.hello)
            waiting.removeLast()
            let began = MonotonicClock.now()
            var heard: [UInt8]
            repeat {
                heard = try await greeting(port)
            } while heard.isEmpty && MonotonicClock.now() - began < 2_000_000_000
            #expect(heard == Self.hello)
            withExtendedLifetime(waiting) {}
        }
    }

    @Test(arguments: [BtestCommand.Direction.download, .upload])
    func `a client that stops to read or to send does not keep its place`(
        direction: BtestCommand.Direction
    ) async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.stallTimeout = .milliseconds(400)
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            let command = BtestCommand(transport: .tcp, direction: direction).encoded
            let holder = try await ScriptedPeer.run(port: port) { peer in
                peer.say(command)
                return (peer, peer.hear(8)).0
            }
            let result = try #require(await recorder.result())
            // The kernel may be the first to give a peer up that does not read.
            #expect(
                result.reason == .stalled(seconds: 0.4)
                    || direction == .download && result.reason == .failed("the client did not answer any more"))
            #expect(result.seconds > 0.39 && result.seconds < 3)
            withExtendedLifetime(holder) {}
        }
    }

    @Test func `a test that goes on is not ended as one that stands still`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.stallTimeout = .milliseconds(400)
        } _: { port in
            let error = await BtestClient(
                .init(host: "127.0.0.1", port: port, direction: .both, duration: .seconds(1), bitsPerSecond: 1e6)
            ).run().error
            #expect(error == nil)
        }
    }

    @Test func `the longest duration ends a test, and the records say what it moved`() async throws {
        try await LoopbackServer.with(accounts: .open) {
            $0.maxDuration = .milliseconds(300)
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            let heard = try await ScriptedPeer.run(port: port) { peer in
                peer.say(
                    BtestCommand(transport: .tcp, direction: .download, remoteTransmitSpeed: 8_000_000).encoded)
                return peer.hearOut()
            }
            let result = try #require(await recorder.result())
            #expect(result.reason == .maxDuration)
            #expect(result.bytesSent == Int64(heard - 8))
            #expect(result.bytesReceived == 0)
            #expect(result.connections == 1)
            #expect(result.seconds > 0.29 && result.seconds < 2)
            let test = try #require(
                await recorder.first { if case .testStarted(let test) = $0 { test } else { nil } })
            #expect(test.peer == "127.0.0.1" && test.userName == nil && test.direction == .download)
            #expect(test.number == 1 && test.connections == 1 && test.transport == .tcp)
        }
    }

    @Test func `a client over IPv4 is the same one at a listener for both`() async throws {
        let ledger = QuotaLedger()
        try await LoopbackServer.with(accounts: .open, host: "::") {
            $0.ledger = ledger
            $0.events = { [recorder] in recorder.note($0) }
        } _: { port in
            let (holder, heard) = try await ask(port)
            #expect(heard == Self.hello + Self.begin)
            let peer = await recorder.first { if case .testStarted(let test) = $0 { test.peer } else { nil } }
            #expect(peer == "127.0.0.1")
            let arrived = await DataThread.run("hear") { holder.hear(100).count }
            #expect(arrived == 100)
            #expect(ledger.used(by: .address("127.0.0.1"), .day, .sent) > 0)
        }
    }
}
