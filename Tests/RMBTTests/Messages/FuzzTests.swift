import NIOCore
import TestSupport
import Testing

@testable import RMBT

/// Nothing that a peer can send may trap: many random and mutated inputs against codecs and sessions, always the same ones.
@Suite(.onlyComputes) struct FuzzTests {
    private static let vocabulary = [
        "RMBTv1.3.5\n", "ACCEPT TOKEN QUIT\n", RMBTReply.acceptCommands, "OK\n", "ERR\n", "BYE\n", "PONG\n", "PING\n",
        "CHUNKSIZE 4096 4096 4194304\n", "CHUNKSIZE 4096\n", "CHUNKSIZE 0\n", "CHUNKSIZE -1 1 2\n",
        "CHUNKSIZE 9223372036854775808\n", "TIME 1\n", "TIME 999999999999999999\n", "TIME 5 BYTES 4096\n",
        "TIME 999999999999999999 BYTES 999999999999999999\n", "TIME -1 BYTES -1\n", "TOKEN a_1_b=\n", "GETCHUNKS 1\n",
        "GETCHUNKS 300000 4194304\n", "GETCHUNKS 999999999999999999 999999999999999999\n", "GETTIME 30 4096\n",
        "GETTIME 999999999999999999\n", "PUT\n", "PUT 4096\n", "PUTNORESULT 4194304\n", "PUTTIMERESULT 4096\n",
        "TIMERESULT (5 4096); (6 8192)\n", "TIMERESULT (-1 99999999999999999999)\n", "QUIT\n", "\r\n", "\0\0\0",
    ]

    private var random: SeededGenerator

    init() {
        random = SeededGenerator(seed: 20_170_622)
    }

    /// A few lines, some of them damaged, some bytes, some chunks.
    private mutating func input() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                bytes += (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            case 1: bytes += Dialogue.chunks(Int.random(in: 1...2, using: &random), size: 4096)
            case 2: bytes += [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 4096)
            default: bytes += Array(Self.vocabulary[Int.random(in: 0..<Self.vocabulary.count, using: &random)].utf8)
            }
        }
        guard Int.random(in: 0..<3, using: &random) == 0 else { return bytes }
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8.random(in: 0x20...0x39, using: &random), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test mutating func `no line traps the codecs`() {
        for _ in 0..<20_000 {
            let bytes = input().prefix(200)
            let line = String(decoding: bytes, as: UTF8.self)
            if let command = RMBTCommand(decoding: line) {
                // Without the LF alone: a CR before it would go with it, as one character.
                let written = String(decoding: command.line.utf8.dropLast(), as: UTF8.self)
                #expect(RMBTCommand(decoding: written) == command)
            }
            _ = RMBTReply(decoding: line)
        }
    }

    @Test mutating func `no input traps a server's session, and what it asks for is within the limits`() {
        for _ in 0..<4000 {
            var session = RMBTServerSession()
            var pending = ByteBuffer()
            var now: Int64 = 0
            var actions = session.opened()
            if Bool.random(using: &random) { pending.writeString("TOKEN t\n") }
            for _ in 0..<12 {
                pending.append(ByteBuffer(bytes: input()))
                now += Int64.random(in: 0...2_000_000, using: &random)
                actions += session.bytesReceived(&pending, at: now)
                while let action = actions.popLast() {
                    switch action {
                    case .judge:
                        actions += session.tokenJudged(
                            Bool.random(using: &random) ? .valid(keyLabel: "") : .early(keyLabel: "", seconds: 1))
                    case .wait: actions += session.tokenTimeCame()
                    case .sendChunks(let amount, let size):
                        #expect((4096...4_194_304).contains(size))
                        switch amount {
                        case .chunks(let count): #expect((1...300_000).contains(count))
                        case .seconds(let seconds): #expect((1...30).contains(seconds))
                        }
                        if Bool.random(using: &random) { session.lastChunkSent() }
                    case .send(let line), .report(let line): #expect(line.hasSuffix("\n"))
                    case .close: break
                    }
                    // What an event made understandable is taken at once, as the handler does.
                    actions += session.bytesReceived(&pending, at: now)
                }
                #expect(pending.readableBytes <= LineBuffer.limit)
            }
        }
    }

    @Test mutating func `no input traps a client's session, and a failure is its last word`() {
        for _ in 0..<4000 {
            var session = RMBTClientSession(token: "t")
            var pending = ByteBuffer()
            var now: Int64 = 0
            var hasFailed = false
            if Int.random(in: 0..<4, using: &random) > 0 {
                pending.writeString("RMBTv1\nACCEPT TOKEN QUIT\nOK\nCHUNKSIZE 4096\n" + RMBTReply.acceptCommands)
                _ = session.bytesReceived(&pending, at: 0, bytesSent: 0)
            }
            for _ in 0..<12 {
                now += Int64.random(in: 0...2_000_000, using: &random)
                var actions: [RMBTClientSession.Action] = []
                if session.isReady {
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: actions = session.pingRequested(at: now)
                    case 1: actions = session.chunksRequested(count: 1, size: 4096, at: now)
                    case 2: actions = session.downloadRequested(seconds: 1, size: 4096, at: now)
                    default: actions = session.uploadRequested(size: 4096, reports: .during, at: now)
                    }
                }
                pending.append(ByteBuffer(bytes: input()))
                actions += session.bytesReceived(&pending, at: now, bytesSent: 4096)
                if Bool.random(using: &random) { session.lastChunkSent() }
                if Int.random(in: 0..<40, using: &random) == 0 { actions += session.connectionClosed() }
                for action in actions {
                    #expect(!hasFailed)
                    if case .fail = action { hasFailed = true }
                    if case .completed(.downloaded(_, let bytes, let time)) = action {
                        #expect(bytes > 0 && bytes <= 1 << 20)
                        #expect(time <= now + 1_000_000_000)
                    }
                }
                #expect(pending.readableBytes <= LineBuffer.limit)
            }
        }
    }

    @Test mutating func `no token traps the verifier`() {
        let verifier = RMBTTokenVerifier(keys: [.init("topsecret", label: "current")])
        for _ in 0..<5000 {
            var bytes = Array("8723358c-2037-4029-a70c-91e5d9d35cf3_1700000000_Q+55pZ/JOQgjMe49FlelxsfCxqA=".utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                } else {
                    bytes.removeSubrange(place..<min(place + 5, bytes.count))
                }
            }
            let token = String(decoding: bytes, as: UTF8.self)
            _ = verifier.verdict(on: token, from: nil, at: 1_700_000_000)
            _ = RMBTTokenVerifier.identity(of: token)
        }
    }
}
