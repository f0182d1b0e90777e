import Foundation
import ServerLimits
import Sockets
import Synchronization
import Testing
import TestSupport

@testable import RMBT

/// When a token counts, and for whom.
extension ServerLimitTests {
    @Test(
        arguments: [
            (-21, "ERR"), (-20, nil), (0, "OK"), (90, "OK"), (91, "ERR"),
        ] as [(Int64, String?)])
    func `a token counts from 20 s before its time to 90 s after it, by the server's clock`(
        offset: Int64, expected: String?
    ) async throws {
        let start: Int64 = 1_700_000_000
        try await LoopbackServer.with(configure: { $0.tokenClock = { start + offset } }) { port in
            let token = RMBTToken(uuid: UUID(), startTime: start, key: LoopbackServer.key).text
            let answer = await Self.blocking {
                guard let peer = RawPeer(connectingTo: port, patience: 0.5) else { return "no server" as String? }
                peer.skip(to: "ACCEPT")
                peer.send("TOKEN \(token)\n")
                return peer.readLine()
            }
            // Who is 20 s early hears nothing yet.
            #expect(answer == expected)
        }
    }

    @Test func `early tokens wait while a hundred others are served, and are then served themselves`() async throws {
        try await LoopbackServer.with { port in
            let early = LoopbackServer.token(offset: 3)
            let (served, line) = await Self.blocking {
                let waiting = (0..<20).compactMap { _ -> RawPeer? in
                    let peer = RawPeer(connectingTo: port)
                    peer?.skip(to: "ACCEPT")
                    peer?.send("TOKEN \(early)\n")
                    return peer
                }
                let served = (0..<100).count { _ in Self.answer(port, LoopbackServer.token()) == "OK" }
                return (served, waiting.compactMap { $0.readLine() })
            }
            #expect(served == 100)
            #expect(line == Array(repeating: "OK", count: 20))
        }
    }

    @Test func `the log names the key that signed and the session, at the token and at the end`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(logger: log.logger) { port in
            let old = LoopbackServer.token("other")
            let new = LoopbackServer.token()
            await Self.blocking {
                for token in [old, new] {
                    let peer = RawPeer(connectingTo: port)
                    _ = peer?.logIn(token)
                    peer?.send("QUIT\n")
                    peer?.drain()
                }
            }
            for message in ["token accepted", "connection ended"] {
                try await Self.until { log.values("key", of: message).count == 2 }
                #expect(Set(log.values("key", of: message)) == ["old", "current"])
                #expect(Set(log.values("session", of: message)) == [String(old.prefix(8)), String(new.prefix(8))])
            }
            #expect(log.values("received_bytes", of: "connection ended").count == 2)
        }
    }

    @Test func `a token of version 2 for another address is refused, and one of version 1 where version 2 is demanded`()
        async throws
    {
        let log = RecordingLog()
        let now = Int64(Date().timeIntervalSince1970)
        try await LoopbackServer.with(
            logger: log.logger,
            configure: {
                $0.verifier = RMBTTokenVerifier(
                    keys: [.init(LoopbackServer.key, label: "current")], demandsAddress: true)
            }
        ) { port in
            func token(_ address: String) throws -> String {
                let address = try #require(IPAddress(address))
                return RMBTToken(uuid: UUID(), startTime: now, address: address, key: LoopbackServer.key).text
            }
            let tokens = [try token("127.0.0.1"), try token("127.0.0.2"), LoopbackServer.token()]
            let answers = await Self.blocking { tokens.map { Self.answer(port, $0) } }
            #expect(answers == ["OK", "ERR", "ERR"])
        }
        #expect(
            log.reasons == [
                "the token is signed, and for another address",
                "the token is signed, and lacks the part of version 2 that this server demands",
            ])
    }

    @Test func `keys may be replaced while connections go on`() async throws {
        let keys = RMBTTokenKeys([.init(LoopbackServer.key, label: "old")])
        try await LoopbackServer.with(configure: { $0.verifier = RMBTTokenVerifier(keys) }) { port in
            let (old, new) = (LoopbackServer.token(), LoopbackServer.token("another"))
            let (before, chunks, after) = await Self.blocking {
                let peer = RawPeer(connectingTo: port)
                _ = peer?.logIn(old)
                let before = [old, new].map { Self.answer(port, $0) }
                keys.replace(with: [.init("another", label: "new")])
                peer?.send("GETCHUNKS 2 4096\n")
                let chunks = peer?.read(8192)
                let after = [old, new].map { Self.answer(port, $0) }
                peer?.shutDown()
                return (before, chunks, after)
            }
            #expect(before == ["OK", "ERR"])
            #expect(chunks?.last == 0xFF)
            #expect(after == ["ERR", "OK"])
        }
    }
}
