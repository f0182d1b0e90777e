import Foundation
import Sockets
import Testing
import TestSupport

@testable import RMBT

/// The server's WebSockets, byte by byte, and what it makes of clients' frames.
@Suite(.usesSockets) struct WebSocketServerTests {
    /// Runs `client` on a thread that may block, logged in.
    private static func on<Value: Sendable>(
        _ port: Int, _ client: @escaping @Sendable (WebSocketPeer) -> Value
    ) async throws -> Value {
        let token = LoopbackServer.token()
        let value = await DataThread.run("client") { () -> Value? in
            guard let peer = WebSocketPeer(connectingTo: port), peer.logIn(token) else { return nil }
            return client(peer)
        }
        return try #require(value)
    }

    private static func chunk(_ size: Int, isLast: Bool = true) -> [UInt8] {
        (1..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) | 1 } + [isLast ? 0xFF : 0]
    }

    @Test(arguments: [(3, 4096), (40, 4096), (2, 65_535), (2, 65_536), (3, 131_072), (2, 4_194_304)])
    func `each chunk is one binary frame, and each line one text frame`(count: Int, size: Int) async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let (frames, time) = try await Self.on(port) { peer in
                peer.say("GETCHUNKS \(count) \(size)")
                let frames = (0..<count).map { _ in peer.receive() }
                peer.say("OK")
                return (frames.map { ($0?.header, $0?.payload.count, $0?.payload.last) }, peer.line())
            }
            for (index, frame) in frames.enumerated() {
                #expect(frame.0 == NaiveFrame.header(2, length: UInt64(size), key: nil))
                #expect(frame.1 == size)
                #expect(frame.2 == (index == count - 1 ? 0xFF : 0))
            }
            #expect(time?.hasPrefix("TIME ") == true)
        }
    }

    @Test func `GETTIME ends with a whole frame too`() async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let sizes = try await Self.on(port) { peer in
                peer.say("GETTIME 1 300000")
                var sizes: [Int] = []
                while let frame = peer.receive() {
                    sizes.append(frame.payload.count)
                    if frame.payload.last == 0xFF { break }
                }
                peer.say("OK")
                return peer.line()?.hasPrefix("TIME ") == true ? sizes : []
            }
            #expect(sizes.count > 2)
            #expect(sizes.allSatisfy { $0 == 300_000 })
        }
    }

    @Test(arguments: ["whole", "pieces", "fragments", "together", "bytes"])
    func `an upload counts however it is framed`(framing: String) async throws {
        let size = framing == "bytes" ? 4096 : framing == "whole" ? 4_194_304 : 1_000_000
        try await LoopbackServer.with(transport: .http) { port in
            let lines = try await Self.on(port) { peer -> [String?] in
                let chunks = Self.chunk(size, isLast: false) + Self.chunk(size)
                peer.say("PUTNORESULT \(size)")
                let permission = peer.line()
                switch framing {
                case "whole":
                    peer.send(2, Array(chunks[..<size]))
                    peer.send(2, Array(chunks[size...]))
                case "together": peer.send(2, chunks)
                case "pieces", "bytes":
                    let piece = framing == "bytes" ? 1 : 16_384
                    for start in stride(from: 0, to: chunks.count, by: piece) {
                        peer.send(2, Array(chunks[start..<min(start + piece, chunks.count)]))
                    }
                default:
                    let step = 100_000
                    for start in stride(from: 0, to: chunks.count, by: step) {
                        let end = min(start + step, chunks.count)
                        peer.send(start == 0 ? 2 : 0, Array(chunks[start..<end]), isFinal: end == chunks.count)
                        peer.send(10, [1, 2, 3])
                    }
                }
                let time = peer.line()
                return [permission, time.map { String($0.prefix(5)) }, "\(peer.isReady())"]
            }
            #expect(lines == ["OK", "TIME ", "true"])
        }
    }

    @Test func `several lines in a frame and a line in several frames are lines`() async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let lines = try await Self.on(port) { peer -> [String?] in
                peer.send(1, Array("PI".utf8), isFinal: false)
                peer.send(0, Array("NG\nO".utf8))
                peer.send(2, Array("K\nPING\nOK\nQUIT\n".utf8))
                return (0..<7).map { _ in peer.line() }
            }
            let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT"
            #expect(
                lines.map { ($0 ?? "").replacing(/^TIME [0-9]+$/, with: "TIME") }
                    == ["PONG", "TIME", accept, "PONG", "TIME", accept, "BYE"])
        }
    }

    @Test func `a ping is answered, between lines and not inside a chunk`() async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let (idle, opcodes) = try await Self.on(port) { peer in
                peer.send(9, Array("are you there".utf8))
                let idle = peer.receive()
                peer.say("GETTIME 1 4194304")
                peer.send(9, [])
                // Every frame that comes must be whole: a pong within a chunk would shift all that follows.
                var opcodes: [UInt8] = []
                while let frame = peer.receive() {
                    opcodes.append(frame.header[0])
                    if frame.header[0] == 0x82, frame.payload.last == 0xFF { break }
                }
                return (idle.map { NaiveFrame(opcode: $0.header[0], payload: $0.payload) }, opcodes)
            }
            #expect(idle == NaiveFrame(opcode: 0x8A, payload: Array("are you there".utf8)))
            #expect(opcodes.count { $0 == 0x8A } == 1)
            #expect(opcodes.last == 0x82)
        }
    }

    @Test func `a close is answered with its code and the end, and so is QUIT`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(transport: .http, logger: log.logger) { port in
            let (answer, isClosed) = try await Self.on(port) { peer in
                peer.send(8, [0x03, 0xE9, 0x78])
                return (peer.receive()?.payload, peer.peer.drain() == 0)
            }
            #expect(answer == [0x03, 0xE9])
            #expect(isClosed)
            let (bye, goodbye) = try await Self.on(port) { peer in
                peer.say("QUIT")
                return (peer.line(), peer.receive().map { $0.header + $0.payload })
            }
            #expect(bye == "BYE")
            #expect(goodbye == [0x88, 2, 0x03, 0xE8])
        }
        #expect(log.reasons == [])
    }

    @Test(arguments: WebSocketFrameTests.violations)
    func `a frame against the rules is answered by a close frame, and the log says why`(
        sender: WebSocketSide, bytes: [UInt8], violation: WebSocketViolation
    ) async throws {
        guard sender == .client else { return }
        let log = RecordingLog()
        try await LoopbackServer.with(transport: .http, logger: log.logger) { port in
            let answer = try await Self.on(port) { peer in
                peer.peer.send(bytes)
                let answer = peer.receive().map { $0.header + $0.payload }
                // The connection ends after the reason is logged.
                peer.peer.drain()
                return answer
            }
            #expect(answer == [0x88, 2, 0x03, 0xEA])
        }
        #expect(log.reasons == ["the peer sent \(violation)"])
    }

    @Test func `of many pings at once few are answered, and the upload counts`() async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let token = LoopbackServer.token()
            let answers = await DataThread.run("client") { () -> Int? in
                guard let peer = WebSocketPeer(connectingTo: port), peer.logIn(token) else { return nil }
                peer.say("PUTNORESULT 4096")
                guard peer.line() == "OK" else { return nil }
                let ping = NaiveFrame(opcode: 9, payload: [UInt8](repeating: 7, count: 125)).bytes(key: [1, 2, 3, 4])
                let flood = [UInt8]((0..<500).flatMap { _ in ping })
                for _ in 0..<250 { guard peer.peer.send(flood) else { return nil } }
                peer.send(2, Self.chunk(4096))
                var answers = 0
                while let frame = peer.receive() {
                    if frame.header[0] == 0x8A { answers += 1 }
                    if frame.payload.starts(with: Array("TIME".utf8)) { return answers }
                }
                return nil
            }
            // Of what comes in one read, one is answered.
            #expect((1..<20_000).contains(answers ?? 0))
        }
    }
}
