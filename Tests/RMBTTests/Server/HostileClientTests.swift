import Foundation
import Logging
import ServerLimits
import Sockets
import Testing
import TestSupport

@testable import RMBT

/// What a server makes of clients that are broken, slow or mean.
@Suite(.usesSockets) struct HostileClientTests {
    /// Runs `client` on a thread that may block.
    private static func on<Value: Sendable>(
        _ port: Int, _ client: @escaping @Sendable (RawPeer) -> Value
    ) async throws -> Value {
        let value = await DataThread.run("client") { RawPeer(connectingTo: port).map(client) }
        return try #require(value)
    }

    /// Whether a place becomes free within two seconds.
    private static func isServed(_ port: Int) async -> Bool {
        await DataThread.run("client") {
            let end = MonotonicClock.now() + 2_000_000_000
            while MonotonicClock.now() < end {
                guard let peer = RawPeer(connectingTo: port) else { return false }
                if peer.logIn(LoopbackServer.token()) { return true }
                usleep(10_000)
            }
            return false
        }
    }

    private static func seconds(since began: Int64) -> Double { Double(MonotonicClock.now() - began) * 1e-9 }

    // MARK: Silence

    @Test(arguments: [
        "", "TOK", "TOKEN good\n", "TOKEN good\nGETCHUNKS 1 4096\n", "TOKEN good\nPING\n", "TOKEN good\nPUT 4096\n",
    ])
    func `a client that falls silent loses its connection after a step's time`(opening: String) async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(stepTimeout: .milliseconds(250), logger: log.logger) { port in
            let began = MonotonicClock.now()
            let token = LoopbackServer.token()
            let isClosed = try await Self.on(port) { peer in
                peer.send(opening.replacing("good", with: token))
                return peer.drain() != nil
            }
            #expect(isClosed)
            #expect((0.25..<1.75).contains(Self.seconds(since: began)))
        }
        #expect(log.reasons == ["the peer did not finish a step of its test in time"])
    }

    @Test func `an upload without end is cut off after a step's time`() async throws {
        try await LoopbackServer.with(stepTimeout: .milliseconds(300)) { port in
            let token = LoopbackServer.token()
            let began = MonotonicClock.now()
            let wasTaken = try await Self.on(port) { peer in
                guard peer.logIn(token), peer.send("PUTNORESULT 4096\n"), peer.readLine() == "OK" else { return false }
                let zeros = [UInt8](repeating: 0, count: 1 << 18)
                while peer.send(zeros) {}
                return true
            }
            #expect(wasTaken)
            #expect(Self.seconds(since: began) < 1.8)
        }
    }

    @Test func `a download that nobody reads is cut off after a step's time, and its place is free`() async throws {
        try await LoopbackServer.with(stepTimeout: .milliseconds(300), maxConnections: 1) { port in
            let token = LoopbackServer.token()
            let deaf = try await Self.on(port) { peer in
                #expect(peer.logIn(token))
                peer.send("GETTIME 30 4194304\n")
                return peer
            }
            #expect(await Self.isServed(port))
            deaf.shutDown()
        }
    }

    /// 66 bytes of answer for 8 of question.
    private static func pings(_ count: Int) -> [UInt8] { Array(String(repeating: "PING\nOK\n", count: count).utf8) }

    @Test func `commands whose answers nobody reads are not taken without end`() async throws {
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            let taken = await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port, patience: 0.5, receiveBuffer: 4096), peer.logIn(token)
                else { return 0 }
                let pings = Self.pings(512)
                var taken = 0
                // Small pieces, so that what the server reads at once keeps nobody else waiting.
                while taken < 16 << 20, peer.send(pings) {
                    taken += pings.count
                    usleep(2000)
                }
                return taken
            }
            #expect(taken > 0)
            #expect(taken < 16 << 20)
        }
    }

    @Test func `answers that were not read at first come in full afterwards`() async throws {
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            let count = 20_000
            let answers = await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port, receiveBuffer: 4096), peer.logIn(token) else { return 0 }
                let sender = Thread {
                    for _ in 0..<count / 500 {
                        peer.send(Self.pings(500))
                        usleep(2000)
                    }
                    peer.send("QUIT\n")
                }
                sender.start()
                usleep(300_000)
                var bytes: [UInt8] = []
                while let piece = peer.receive(), !piece.isEmpty { bytes += piece }
                return bytes.split(separator: 10).count { $0.starts(with: [0x54, 0x49, 0x4D, 0x45]) }
            }
            #expect(answers == count)
        }
    }

    @Test func `lines that came at once are all answered, as far as the answers are taken`() async throws {
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            let count = 25_000
            let answers = await DataThread.run("client") {
                guard let peer = RawPeer(connectingTo: port, receiveBuffer: 4096), peer.logIn(token) else { return 0 }
                let sender = Thread { peer.send([UInt8](repeating: 10, count: count) + Array("QUIT\n".utf8)) }
                sender.start()
                usleep(300_000)
                var bytes: [UInt8] = []
                while let piece = peer.receive(), !piece.isEmpty { bytes += piece }
                return bytes.split(separator: 10).count { $0 == ArraySlice("ERR".utf8) }
            }
            #expect(answers == count)
        }
    }

    // MARK: Garbage

    @Test(arguments: [
        [UInt8](repeating: 0, count: 64), Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("TOKEN\n".utf8), Array("\n".utf8),
        // The beginning of a TLS handshake, which has no line's end.
        [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 0xA5, count: 200),
        [UInt8](repeating: 0x41, count: 1 << 20),
    ])
    func `garbage ends the connection at once`(garbage: [UInt8]) async throws {
        try await LoopbackServer.with { port in
            let began = MonotonicClock.now()
            let isClosed = try await Self.on(port) { peer in
                peer.send(garbage)
                return peer.drain() != nil
            }
            #expect(isClosed)
            #expect(Self.seconds(since: began) < 2)
        }
    }

    @Test func `a refused token is answered by ERR, a refused command by ERR and ACCEPT`() async throws {
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            let forged = LoopbackServer.token("guess")
            let (refused, lines) = try await Self.on(port) { peer in
                guard peer.logIn(token) else { return ("", [String?]()) }
                peer.send("GETCHUNKS 300000 4194304\nGETTIME 31\nNONSENSE\nQUIT\n")
                let lines = (0..<8).map { _ in peer.readLine() }
                let other = RawPeer(connectingTo: port)
                other?.skip(to: "ACCEPT")
                other?.send("TOKEN \(forged)\n")
                return (other?.readLine() ?? "", lines)
            }
            #expect(refused == "ERR")
            let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT"
            #expect(lines == ["ERR", accept, "ERR", accept, "ERR", accept, "BYE", nil])
        }
    }

    // MARK: Order

    /// The second download is large enough for a thread.
    @Test(arguments: [2, 1024])
    func `commands in one piece with the token are served one after the other`(count: Int) async throws {
        try await LoopbackServer.with { port in
            let token = LoopbackServer.token()
            let lines = try await Self.on(port) { peer -> [String] in
                peer.skip(to: "ACCEPT TOKEN")
                peer.send("TOKEN \(token)\nPING\nOK\nGETCHUNKS \(count) 4096\nOK\nPING\nOK\nQUIT\n")
                var lines = (0..<6).compactMap { _ in peer.readLine() }
                lines.append("\(peer.read(count * 4096).count / count) bytes a chunk")
                while let line = peer.readLine() { lines.append(line) }
                return lines.map { $0.hasPrefix("TIME") ? "TIME" : $0 }
            }
            let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT"
            let expected = [
                "OK", "CHUNKSIZE 4096 4096 4194304", accept, "PONG", "TIME", accept, "4096 bytes a chunk", "TIME",
                accept,
                "PONG",
                "TIME", accept, "BYE",
            ]
            #expect(lines == expected)
        }
    }

    @Test func `an early token is served when its time has come, with what was sent meanwhile`() async throws {
        try await LoopbackServer.with(stepTimeout: .milliseconds(500)) { port in
            let token = LoopbackServer.token(offset: 2)
            let began = MonotonicClock.now()
            let line = try await Self.on(port) { peer in
                peer.skip(to: "ACCEPT TOKEN")
                peer.send("TOKEN \(token)\nPING\n")
                return peer.skip(to: "PONG")
            }
            #expect(line == "PONG")
            #expect((1..<3.5).contains(Self.seconds(since: began)))
        }
    }

    // MARK: Places

    @Test func `a token serves 44 connections in all, however it is spelt: what clients with 20 need, and two more`()
        async throws
    {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger) { port in
            let address = try #require(IPAddress("127.0.0.1"))
            let second = RMBTToken(
                uuid: UUID(), startTime: Int64(Date().timeIntervalSince1970), address: address, key: LoopbackServer.key)
            let first = String(second.text.prefix { $0 != "#" }.dropLast())
            let (served, more) = try await Self.on(port) { _ in
                var served = 0
                for index in 0..<44 {
                    guard let peer = RawPeer(connectingTo: port) else { continue }
                    if peer.logIn(index.isMultiple(of: 2) ? first : second.text) { served += 1 }
                    // A place that is free again is no new one for this token.
                    peer.shutDown()
                }
                let more = [first, second.text].compactMap { RawPeer(connectingTo: port)?.logIn($0) }
                return (served, more)
            }
            #expect(served == 44)
            #expect(more == [false, false])
            #expect(await Self.isServed(port))
        }
        #expect(log.reasons == Array(repeating: "the token has served its 44 connections", count: 2))
    }

    @Test func `connections beyond the limit are closed, and vanished ones free their places`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(
            maxConnections: 3, logger: log.logger, configure: { $0.maxConnectionsPerAddress = 3 }
        ) { port in
            let token = LoopbackServer.token()
            let (served, answer) = try await Self.on(port) { first in
                let peers = [first] + (0..<2).compactMap { _ in RawPeer(connectingTo: port) }
                // Whoever has shown no token yet has no place, and takes none.
                let idle = (0..<10).compactMap { _ in RawPeer(connectingTo: port) }
                let served = peers.count { $0.logIn(token) }
                let more = RawPeer(connectingTo: port)
                more?.skip(to: "ACCEPT")
                more?.send("TOKEN \(token)\n")
                let answer = more?.readLine()
                for peer in peers { peer.reset() }
                for peer in idle { peer.shutDown() }
                return (served, answer)
            }
            #expect(served == 3)
            #expect(answer == "ERR")
            #expect(await Self.isServed(port))
        }
        #expect(log.reasons == ["all 3 connections are in use"])
    }

    @Test(arguments: ["PING\n", "GETTIME 30 4096\n", "PUT 4096\n", "QUIT\n"])
    func `a client that vanishes leaves nothing behind but one line in the log`(command: String) async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(stepTimeout: .milliseconds(400), maxConnections: 1, logger: log.logger) { port in
            let token = LoopbackServer.token()
            _ = try await Self.on(port) { peer in
                _ = peer.logIn(token)
                peer.send(command)
                _ = peer.readLine()
                peer.reset()
            }
            #expect(await Self.isServed(port))
            // Longer than a step: a timer that outlives its connection would speak now.
            try await Task.sleep(for: .milliseconds(600))
        }
        // Its own, and that of the one who took its place.
        #expect(log.messages.filter { $0 == "token accepted" }.count == 2)
        #expect(!log.reasons.contains("the peer did not finish a step of its test in time"))
    }
}
