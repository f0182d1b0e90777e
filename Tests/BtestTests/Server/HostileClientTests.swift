import Glibc
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import Btest

/// A server against clients that stop, lie or vanish: it serves the next one.
@Suite(.usesSockets) struct HostileClientTests {
    private static let hello: [UInt8] = [1, 0, 0, 0]

    private func command(
        _ direction: BtestCommand.Direction = .download, connections: UInt8 = 0, speed: UInt32 = 8_000_000
    ) -> [UInt8] {
        BtestCommand(
            transport: .tcp, direction: direction, connectionCount: connections, remoteTransmitSpeed: speed
        ).encoded
    }

    /// A test as it should be; its error, if any.
    private func honestTest(_ port: Int) async -> BtestError? {
        await BtestClient(
            .init(host: "127.0.0.1", port: port, duration: .milliseconds(250), bitsPerSecond: 20e6)
        ).run().error
    }

    /// Asks for a test of several connections and answers with its token, while the returned peer lives.
    private func token(_ port: Int, connections: UInt8) async throws -> (peer: ScriptedPeer, token: UInt16) {
        let command = command(connections: connections)
        let (peer, answer) = try await ScriptedPeer.run(port: port) { peer in
            _ = peer.hear(4)
            peer.say(command)
            return (peer, peer.hear(4))
        }
        guard case .answer(.begin(let token?), _) = BtestAnswer.decode(answer) else { throw BtestError.refused }
        return (peer, token)
    }

    /// Joins a test; nil where the server closes the connection within a while.
    private func join(_ port: Int, token: UInt16, from source: String = "127.0.0.1") async throws -> ScriptedPeer? {
        try await ScriptedPeer.run(port: port, from: source) { peer in
            _ = peer.hear(4)
            peer.say(BtestJoin.request(token: token))
            let readiness = SocketWait.wait(
                for: peer.socket.number, CInt(POLLIN), stop: StopSignal(), until: MonotonicClock.now() + 200_000_000)
            return readiness == .ready && peer.hear(1).isEmpty ? nil : peer
        }
    }

    @Test(arguments: BtestAuthentication.allCases)
    func `a client that is silent or drips is closed when its time is over`(method: BtestAuthentication) async throws {
        let accounts = try SessionFixtures.accounts(method)
        try await LoopbackServer.with(accounts: accounts, handshakeTimeout: .milliseconds(250)) { port in
            for bytes in [0, 1] {
                let began = MonotonicClock.now()
                let heard = try await ScriptedPeer.run(port: port) { peer in
                    for _ in 0..<(bytes * 8) {
                        peer.say([1])
                        ScriptedPeer.pause(milliseconds: 30)
                    }
                    return peer.hear(100)
                }
                #expect(heard == Self.hello)
                let seconds = Double(MonotonicClock.now() - began) * 1e-9
                #expect(seconds > 0.24 && seconds < 1.25)
            }
        }
    }

    @Test func `a client that stops within a login is closed when its time is over`() async throws {
        let accounts = try SessionFixtures.accounts(.ecSRP5)
        try await LoopbackServer.with(accounts: accounts, handshakeTimeout: .milliseconds(250)) { port in
            let command = command()
            let heard = try await ScriptedPeer.run(port: port) { peer in
                peer.say(command + [255, 1, 2, 3])
                return peer.hear(100)
            }
            #expect(heard == Self.hello + [3, 0, 0, 0])
        }
    }

    @Test func `what cannot be served is closed at once and without a word`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            var bad: [[UInt8]] = [[UInt8](repeating: 0xFF, count: 300), Array("GET / HTTP/1.1\r\n\r\n".utf8)]
            let changes: [(inout [UInt8]) -> Void] = [
                { $0[0] = 2 }, { $0[1] = 0 }, { $0[1] = 4 }, { $0[4...5] = [0, 0] },
            ]
            for change in changes {
                var wire = command()
                change(&wire)
                bad.append(wire)
            }
            for wire in bad {
                let began = MonotonicClock.now()
                let heard = try await ScriptedPeer.run(port: port) { peer in
                    peer.say(wire)
                    return peer.hear(100)
                }
                // A close with unread bytes is a reset, which may overtake the hello.
                #expect(heard == Self.hello || heard.isEmpty)
                #expect(MonotonicClock.now() - began < 1_000_000_000)
            }
            #expect(await honestTest(port) == nil)
        }
    }

    @Test func `only so many tests run at once, and the next one is refused`() async throws {
        try await LoopbackServer.with(accounts: .open, maxSessions: 2) { port in
            let command = command()
            let holders = try await (
                ScriptedPeer.run(port: port) { peer in (peer.say(command), peer.hear(8), peer).2 },
                ScriptedPeer.run(port: port) { peer in (peer.say(command), peer.hear(8), peer).2 }
            )
            #expect(await honestTest(port) == .refused)
            withExtendedLifetime(holders) {}
        }
    }

    @Test(arguments: [BtestCommand.Direction.upload, .download, .both], [false, true])
    func `the place of a client that leaves is free again`(
        direction: BtestCommand.Direction, resets: Bool
    ) async throws {
        try await LoopbackServer.with(accounts: .open, maxSessions: 1) { port in
            let command = command(direction)
            for _ in 0..<3 {
                // A place is free when the server has seen that its holder left: some milliseconds later.
                let began = MonotonicClock.now()
                var heard: [UInt8]
                repeat {
                    heard = try await ScriptedPeer.run(port: port) { peer in
                        if resets { peer.resetWhenClosed() }
                        peer.say(command)
                        let heard = peer.hear(8)
                        if direction.includesUpload { peer.say([UInt8](repeating: 0, count: 10_000)) }
                        return heard
                    }
                } while heard == Self.hello + [0, 0, 0, 0] && MonotonicClock.now() - began < 2_000_000_000
                #expect(heard == Self.hello + [1, 0, 0, 0])
                var error: BtestError?
                repeat {
                    error = await honestTest(port)
                } while error == .refused
                    && MonotonicClock.now() - began < 4_000_000_000
                #expect(error == nil)
            }
        }
    }

    @Test func `a place is free again after a client that leaves within its login or at its end`() async throws {
        try await LoopbackServer.with(accounts: .md5(passwords: ["u": "right"]), maxSessions: 1) { port in
            let command = command()
            for _ in 0..<20 {
                try await ScriptedPeer.run(port: port) { peer in
                    peer.resetWhenClosed()
                    _ = peer.hear(4)
                    peer.say(command)
                    let challenge = peer.hear(20)
                    guard let nonce = challenge.count == 20 ? Array(challenge[4...]) : nil,
                        let response = MD5Response(userName: "u", password: "right", nonce: nonce)
                    else { return }
                    peer.say(response.encoded)
                }
            }
            let began = MonotonicClock.now()
            var error: BtestError?
            repeat {
                error = await BtestClient(
                    .init(
                        host: "127.0.0.1", port: port, userName: "u", password: "right", duration: .milliseconds(250),
                        bitsPerSecond: 20e6)
                ).run().error
                // By MD5 a refusal for want of a place looks as a wrong password does.
            } while error == .authenticationFailed(.md5) && MonotonicClock.now() - began < 2_000_000_000
            #expect(error == nil)
        }
    }

    @Test func `connections join by token, from the same address, and no more than were asked for`() async throws {
        try await LoopbackServer.with(accounts: .open) { port in
            let (peer, token) = try await token(port, connections: 4)
            #expect(try await join(port, token: token ^ 0x0100) == nil)
            #expect(try await join(port, token: token, from: "127.0.0.2") == nil)
            let joined = [try await join(port, token: token), try await join(port, token: token)]
            #expect(joined.allSatisfy { $0 != nil })
            let last = try #require(try await join(port, token: token))
            #expect(try await join(port, token: token) == nil)
            // A join has no answer: what comes is data, of which one byte was heard.
            #expect(await DataThread.run("heard") { last.hear(100).allSatisfy { $0 == 0 } })
            withExtendedLifetime((peer, joined)) {}
        }
    }

    @Test func `a server that is stopped waits for nobody's further connections`() async throws {
        let began = Mutex<Int64>(0)
        try await LoopbackServer.with(accounts: .open) { port in
            let (peer, _) = try await token(port, connections: 4)
            // Time for the test to begin its wait, which would last for ten seconds.
            await DataThread.run("pause") { ScriptedPeer.pause(milliseconds: 150) }
            began.withLock { $0 = MonotonicClock.now() }
            withExtendedLifetime(peer) {}
        }
        #expect(MonotonicClock.now() - began.withLock { $0 } < 2_000_000_000)
    }
}
