import Foundation
import ServerLimits
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

/// What a server on the open internet allows, and to whom.
@Suite(.usesSockets) struct ServerLimitTests {
    /// Runs `client` on a thread that may block.
    static func blocking<Value: Sendable>(_ client: @escaping @Sendable () -> Value) async -> Value {
        await DataThread.run("client") { client() }
    }

    private static func seconds(since began: Int64) -> Double { Double(MonotonicClock.now() - began) * 1e-9 }

    /// The answer to a token; nil when the connection is closed without one.
    static func answer(_ port: Int, _ token: String) -> String? {
        guard let peer = RawPeer(connectingTo: port), peer.skip(to: "ACCEPT") != nil else { return nil }
        peer.send("TOKEN \(token)\n")
        return peer.readLine()
    }

    // MARK: Events

    @Test func `those who keep a record hear whom the server turned away, with the key where one signed`() async throws
    {
        let events = Mutex<[RMBTServerEvent]>([])
        try await LoopbackServer.with(
            configure: {
                $0.events = { event in events.withLock { $0.append(event) } }
                $0.maxSessions = 1
                $0.addressQuotas = [QuotaRule(.day, .sent, bytes: 1_000_000)]
            }
        ) { port in
            let token = LoopbackServer.token()
            let told = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port), peer.logIn(token) else { return false }
                let answers = ["other", "guess"].map { Self.answer(port, LoopbackServer.token($0)) }
                peer.send("GETTIME 10 65536\n")
                return answers == ["ERR", "ERR"] && peer.drain() != nil
            }
            #expect(told)
            await Self.blocking {
                for _ in 0..<6 { _ = Self.answer(port, LoopbackServer.token("guess")) }
            }
        }
        let all = events.withLock { $0 }
        #expect(
            all.prefix(2) == [
                .refused(peer: "127.0.0.1", keyLabel: "old", refusal: .tooManySessions(limit: 1)),
                .refused(peer: "127.0.0.1", keyLabel: nil, refusal: .token(.forged)),
            ])
        guard case .ended("127.0.0.1", "current", .quota(let sentence))? = all.dropFirst(2).first else {
            Issue.record("\(all)")
            return
        }
        #expect(sentence.hasPrefix("address 127.0.0.1 has used 1"))
        guard case .connectionDropped("127.0.0.1", let reason, untold: 0)? = all.last else {
            Issue.record("\(all)")
            return
        }
        #expect(reason.hasPrefix("the address has a penalty"))
    }

    // MARK: Penalties

    @Test func `forged tokens keep an address away until their penalty has passed`() async throws {
        let clock = HandClock()
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger, configure: { $0.penaltyClock = { clock.now } }) { port in
            let answers = await Self.blocking {
                (0..<6).map { _ in Self.answer(port, LoopbackServer.token("guess")) }
            }
            // 5 s each, refused beyond 15 s.
            #expect(answers == ["ERR", "ERR", "ERR", "ERR", nil, nil])
            #expect(await Self.blocking { Self.answer(port, LoopbackServer.token()) } == nil)
            clock.now += 20_000_000_001
            #expect(await Self.blocking { Self.answer(port, LoopbackServer.token()) } == "OK")
        }
        #expect(log.messages.contains("connection dropped"))
    }

    @Test func `connecting and closing costs nothing, a token that is late or used up neither`() async throws {
        let clock = HandClock()
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        for tls in [nil, try certificate.serverContext()] {
            try await LoopbackServer.with(tls: tls, configure: { $0.penaltyClock = { clock.now } }) { port in
                await Self.blocking {
                    for _ in 0..<200 { RawPeer(connectingTo: port)?.shutDown() }
                }
                guard tls == nil else {
                    let trusting = try RMBTClient.TLS(verifies: false)
                    let measurement = await RMBTClient(
                        RMBTClient.Configuration(
                            host: "127.0.0.1", port: port, family: .ipv4, tls: trusting, token: LoopbackServer.token(),
                            connections: 1, pretestDuration: .zero, pings: 1, measuresDownload: false,
                            measuresUpload: false, connectTimeout: .seconds(5))
                    ).run()
                    #expect(measurement.error == nil)
                    return
                }
                let late = LoopbackServer.token(offset: -100)
                let answers = await Self.blocking { (0..<20).map { _ in Self.answer(port, late) } }
                #expect(answers.allSatisfy { $0 == "ERR" })
                #expect(await Self.blocking { Self.answer(port, LoopbackServer.token()) } == "OK")
            }
        }
    }

    @Test func `an address with a test running may go on whatever its neighbours forge`() async throws {
        let clock = HandClock()
        try await LoopbackServer.with(configure: { $0.penaltyClock = { clock.now } }) { port in
            let token = LoopbackServer.token()
            let (first, second) = await Self.blocking {
                let peer = RawPeer(connectingTo: port)
                let first = peer?.logIn(token)
                for _ in 0..<6 { _ = Self.answer(port, LoopbackServer.token("guess")) }
                let second = Self.answer(port, token)
                peer?.shutDown()
                return (first, second)
            }
            #expect(first == true)
            #expect(second == "OK")
        }
    }

    @Test(arguments: [false, true])
    func `a handshake that is dripped ends when its time is over`(hasTLS: Bool) async throws {
        let log = RecordingLog()
        let certificate = try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date())
        try await LoopbackServer.with(
            tls: hasTLS ? certificate.serverContext() : nil, logger: log.logger,
            configure: { $0.handshakeTimeout = .milliseconds(700) }
        ) { port in
            let began = MonotonicClock.now()
            let isClosed = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port) else { return false }
                // The beginning of a TLS record, or of a token; both could go on for long.
                for byte in (hasTLS ? [0x16, 0x03, 0x01, 0x02] : []) + [UInt8](repeating: 0x01, count: 200) {
                    guard peer.send([hasTLS ? byte : 0x54]) else { return true }
                    usleep(50_000)
                }
                return false
            }
            #expect(isClosed)
            #expect((0.7..<3).contains(Self.seconds(since: began)))
        }
        #expect(log.reasons == ["the peer did not finish its token in time"])
    }

    // MARK: Places

    @Test func `a session is all connections with one token, and only so many of an address run at once`() async throws
    {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger, configure: { $0.maxSessionsPerAddress = 2 }) { port in
            let tokens = (0..<3).map { _ in LoopbackServer.token() }
            let (served, refused) = await Self.blocking {
                let peers = [tokens[0], tokens[0], tokens[1], tokens[1]].map { ($0, RawPeer(connectingTo: port)) }
                let served = peers.map { $1?.logIn($0) == true }
                let refused = Self.answer(port, tokens[2])
                for (_, peer) in peers { peer?.shutDown() }
                return (served, refused)
            }
            #expect(served == [true, true, true, true])
            #expect(refused == "ERR")
            #expect(
                await Self.blocking {
                    (0..<200).contains { _ in Self.answer(port, LoopbackServer.token()) == "OK" }
                })
        }
        #expect(log.reasons.first == "the address has as many tests running as it may: 2")
    }

    @Test func `only so many sessions run at once, and without tokens an address is one`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger, configure: { $0.maxSessions = 1 }) { port in
            let token = LoopbackServer.token()
            let answers = await Self.blocking {
                let peer = RawPeer(connectingTo: port)
                _ = peer?.logIn(token)
                let answers = [Self.answer(port, LoopbackServer.token()), Self.answer(port, token)]
                peer?.shutDown()
                return answers
            }
            #expect(answers == ["ERR", "OK"])
        }
        #expect(log.reasons == ["as many tests are running as may: 1"])
        try await LoopbackServer.with(checksTokens: false, configure: { $0.maxSessions = 1 }) { port in
            let answers = await Self.blocking {
                let peer = RawPeer(connectingTo: port)
                let first = peer?.logIn("any")
                let second = Self.answer(port, "other")
                peer?.shutDown()
                return (first, second)
            }
            #expect(answers.0 == true)
            #expect(answers.1 == "OK")
        }
    }

    @Test(arguments: [(1, 1), (4, 4), (99, 99), (100, 80), (500, 400), (Int.max, Int.max - Int.max / 5)])
    func `one address leaves some of many connections to others`(connections: Int, ofAddress: Int) {
        let configuration = RMBTServer.Configuration(verifier: nil, maxConnections: connections)
        #expect(configuration.maxConnectionsPerAddress == ofAddress)
    }

    // MARK: Quotas

    static let address = UsageSubject.address("127.0.0.1")

    @Test func `a quota ends a download within one write for each connection, and the next test is refused`()
        async throws
    {
        let log = RecordingLog()
        let ledger = QuotaLedger()
        let most: Int64 = 20_000_000
        try await LoopbackServer.with(
            logger: log.logger,
            configure: {
                $0.ledger = ledger
                $0.addressQuotas = [QuotaRule(.day, .sent, bytes: most)]
            }
        ) { port in
            let token = LoopbackServer.token()
            let (isClosed, refused) = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port), peer.logIn(token) else { return (false, nil as String?) }
                peer.send("GETTIME 10 65536\n")
                let isClosed = peer.drain() != nil
                return (isClosed, Self.answer(port, LoopbackServer.token()))
            }
            #expect(isClosed)
            #expect(refused == "ERR")
            let used = ledger.used(by: Self.address, .day, .sent)
            #expect((most...most + 1 << 18).contains(used))
        }
        #expect(log.reasons.count == 2)
        #expect(
            log.reasons.allSatisfy { $0.hasPrefix("address 127.0.0.1 has used 20") && $0.hasSuffix("for today (out)") })
    }

    @Test(arguments: [UsageSubject.address("127.0.0.1"), .user("current")])
    func `a quota of an address or a key ends an upload within one read`(subject: UsageSubject) async throws {
        let log = RecordingLog()
        let ledger = QuotaLedger()
        let most: Int64 = 20_000_000
        try await LoopbackServer.with(
            logger: log.logger,
            configure: {
                $0.ledger = ledger
                let rules = [QuotaRule(.month, .combined, bytes: most)]
                if case .user = subject { $0.keyQuotas = rules } else { $0.addressQuotas = rules }
            }
        ) { port in
            let token = LoopbackServer.token()
            let isClosed = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port), peer.logIn(token), peer.send("PUTNORESULT 65536\n"),
                    peer.readLine() == "OK"
                else { return false }
                let zeros = [UInt8](repeating: 0, count: 1 << 18)
                let end = MonotonicClock.now() + 10_000_000_000
                while peer.send(zeros) { if MonotonicClock.now() > end { return false } }
                return true
            }
            #expect(isClosed)
            #expect((most...most + 1 << 18).contains(ledger.used(by: subject, .month, .combined)))
        }
        #expect(log.reasons.count == 1)
        #expect(log.reasons.first?.hasSuffix("for this month (in and out)") == true)
    }

    // MARK: Commands

    @Test func `a client that takes no byte of its download is cut off`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger, configure: { $0.stallTimeout = .milliseconds(600) }) { port in
            let token = LoopbackServer.token()
            let began = MonotonicClock.now()
            let peer = await Self.blocking {
                let peer = RawPeer(connectingTo: port, receiveBuffer: 4096)
                _ = peer?.logIn(token)
                peer?.send("GETTIME 30 65536\n")
                return peer
            }
            try await Self.until { !log.reasons.isEmpty }
            #expect((0.5..<4).contains(Self.seconds(since: began)))
            peer?.shutDown()
        }
        #expect(log.reasons == ["the peer did not finish taking what it asked for in time"])
    }

    @Test(arguments: [
        "GETTIME 30 4096\n", "GETCHUNKS 300000 4096\n", "PUT 4096\n", "PUTNORESULT 4096\n", "PUTTIMERESULT 4096\n",
    ])
    func `a command that is dripped ends when its time is over`(command: String) async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(stepTimeout: .milliseconds(700), logger: log.logger) { port in
            let token = LoopbackServer.token()
            let began = MonotonicClock.now()
            let isClosed = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port, receiveBuffer: 4096), peer.logIn(token) else {
                    return false
                }
                peer.send(command)
                let end = MonotonicClock.now() + 4_000_000_000
                while MonotonicClock.now() < end {
                    let isOpen = command.hasPrefix("PUT") ? peer.send([0]) : peer.receive(4096)?.isEmpty == false
                    guard isOpen else { return true }
                    usleep(20_000)
                }
                return false
            }
            #expect(isClosed)
            #expect((0.7..<4).contains(Self.seconds(since: began)))
        }
        #expect(log.reasons == ["the peer did not finish a step of its test in time"])
    }

    @Test func `the bytes of one command have a limit in both directions`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger, configure: { $0.mostBytesPerCommand = 1_000_000 }) { port in
            let token = LoopbackServer.token()
            let (tooMany, chunks, upload) = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port), peer.logIn(token) else {
                    return (nil as String?, 0, false)
                }
                peer.send("GETCHUNKS 245 4096\n")
                let tooMany = peer.readLine()
                peer.skip(to: "ACCEPT")
                // A download by time ends in good order before its time.
                peer.send("GETTIME 30 4096\n")
                var chunks = 0
                while true {
                    let chunk = peer.read(4096)
                    chunks += 1
                    guard chunk.last == 0 else { break }
                }
                peer.send("OK\n")
                peer.skip(to: "ACCEPT")
                peer.send("PUT 4096\n")
                let zeros = [UInt8](repeating: 0, count: 1 << 16)
                let end = MonotonicClock.now() + 5_000_000_000
                while peer.send(zeros) { if MonotonicClock.now() > end { return (tooMany, chunks, false) } }
                return (tooMany, chunks, true)
            }
            #expect(tooMany == "ERR")
            #expect((245...245 + 32).contains(chunks))
            #expect(upload)
        }
        #expect(log.reasons == ["the peer sent more than 1000000 bytes with one command"])
    }

    static func until(_ condition: () -> Bool) async throws {
        let end = MonotonicClock.now() + 5_000_000_000
        while !condition() {
            try #require(MonotonicClock.now() < end, "waited too long")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
