import Foundation
import Synchronization
import TestSupport
import Testing

@testable import RMBT

/// The client over every transport, against the server and against servers that lie.
@Suite(.usesSockets) struct TransportTests {
    @Test(arguments: RMBTTransport.allCases, [false, true])
    func `all phases measure over every transport`(transport: RMBTTransport, isEncrypted: Bool) async throws {
        let certificate = isEncrypted ? try SelfSignedCertificate(names: ["127.0.0.1"], validFrom: Date()) : nil
        try await LoopbackServer.with(
            tls: certificate?.serverContext(), transport: transport == .classic ? .classic : .http
        ) { port in
            var configuration = LoopbackServer.configuration(
                port: port, tls: isEncrypted ? try .init(verifies: false) : nil)
            configuration.transport = transport
            configuration.pretestDuration = .milliseconds(100)
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == nil)
            #expect(measurement.serverVersion == "RMBTv1.5.0")
            #expect(measurement.pings.count == 5)
            #expect(measurement.download?.connections.count == 3)
            #expect(measurement.download?.rate?.bitsPerSecond ?? 0 > 1e7)
            #expect(measurement.upload?.connections.count == 3)
            #expect(measurement.upload?.rate?.bitsPerSecond ?? 0 > 1e7)
        }
    }

    private static func configuration(_ port: Int, _ transport: RMBTTransport) -> RMBTClient.Configuration {
        var configuration = RMBTClient.Configuration(
            host: "127.0.0.1", port: port, family: .ipv4, tls: nil, token: LoopbackServer.token(), connections: 1,
            pretestDuration: .zero, pings: 1, measuresDownload: false, measuresUpload: false,
            connectTimeout: .seconds(2))
        configuration.transport = transport
        return configuration
    }

    /// What the client says of a server that answers its request so, and stays.
    private static func error(
        _ transport: RMBTTransport, answer: @escaping @Sendable (String) -> [UInt8]
    ) async throws -> String? {
        try await ScriptedServer.with({ peer in
            var key = ""
            while let line = peer.readLine(), line != "\r" {
                if line.hasPrefix("Sec-WebSocket-Key: ") { key = String(line.dropFirst(19).dropLast()) }
            }
            peer.send(answer(WebSocketKey(key)?.accept ?? ""))
            peer.drain()
        }) { port in
            await RMBTClient(configuration(port, transport)).run().error?.description
        }
    }

    private static func switching(_ accept: String) -> [UInt8] {
        Array("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n".utf8)
    }

    @Test func `ports for something else are told`() async throws {
        try await LoopbackServer.with(transport: .classic) { port in
            for transport in [RMBTTransport.http, .websocket] {
                let measurement = await RMBTClient(Self.configuration(port, transport)).run()
                #expect(
                    measurement.error?.description
                        == "Instead of 101 Switching Protocols the server sent \"RMBTv1.5.0\", as a port for classic RMBT does."
                )
            }
        }
        try await LoopbackServer.with(transport: .http) { port in
            var configuration = Self.configuration(port, .classic)
            configuration.connectTimeout = .milliseconds(500)
            let measurement = await RMBTClient(configuration).run()
            #expect(measurement.error == .silent(step: "its greeting", seconds: 0.5))
        }
        #expect(
            try await Self.error(.websocket) { _ in Array("HTTP/1.1 502 Bad Gateway\r\n\r\n".utf8) }
                == "Instead of 101 Switching Protocols the server sent \"HTTP/1.1 502 Bad Gateway\", as a port does that is not for RMBTws."
        )
        #expect(
            try await Self.error(.websocket) { _ in Self.switching("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") }
                == "Instead of 101 Switching Protocols the server sent a 101 whose Sec-WebSocket-Accept does not fit the key."
        )
        #expect(
            try await Self.error(.http) { _ in [0x15, 0x03, 0x03, 0, 2, 2, 0x28] }
                == "Instead of 101 Switching Protocols the server sent bytes that are no HTTP.")
    }

    @Test func `an endless answer is not kept`() async throws {
        let begin = Array("HTTP/1.1 101 Switching Protocols\r\nA: ".utf8)
        #expect(
            try await Self.error(.http) { _ in begin + [UInt8](repeating: 98, count: 1 << 22) }
                == "Instead of 101 Switching Protocols the server sent a header of more than 16384 bytes or 100 fields."
        )
    }

    @Test func `a server's frames against the rules are told`() async throws {
        let masked = NaiveFrame(opcode: 1, payload: Array("RMBTv1.3.5\n".utf8)).bytes(key: [1, 2, 3, 4])
        #expect(
            try await Self.error(.websocket) { Self.switching($0) + masked }
                == "Instead of a proper WebSocket frame the server sent a WebSocket frame with a mask, which a server's must not have."
        )
        let huge = NaiveFrame.header(2, length: 1 << 63, key: nil)
        #expect(
            try await Self.error(.websocket) { Self.switching($0) + huge }
                == "Instead of a proper WebSocket frame the server sent a WebSocket frame of 9223372036854775808 bytes, more than 1099511627776."
        )
        // Legal frames of what is no line.
        let endless = NaiveFrame.header(1, length: 1 << 40, key: nil) + [UInt8](repeating: 65, count: 1 << 20)
        #expect(
            try await Self.error(.websocket) { Self.switching($0) + endless }
                == "Instead of its greeting the server sent a line that is too long or no text.")
        #expect(
            try await Self.error(.websocket) { Self.switching($0) + [0x88, 0] }
                == "The server closed the connection instead of sending its greeting.")
    }

    @Test(arguments: [RMBTTransport.http, .websocket])
    func `a server that sends a NUL behind its 101 and everything in one piece is understood`(
        transport: RMBTTransport
    ) async throws {
        let greeting = "RMBTv1.3.5\nACCEPT TOKEN QUIT\n"
        let frame = NaiveFrame(opcode: 1, payload: Array(greeting.utf8)).bytes()
        let error = try await Self.error(transport) {
            Self.switching($0) + [0] + (transport == .websocket ? frame : Array(greeting.utf8))
        }
        // The greeting was read: the token is judged next, by a server that stays silent.
        #expect(error == "The server did not send an answer to the token within 2 s.")
    }

    @Test func `the request is one write of less than 1024 bytes`() async throws {
        let first = Mutex("")
        try await ScriptedServer.with({ peer in
            let bytes = peer.receive() ?? []
            first.withLock { $0 = String(decoding: bytes, as: UTF8.self) }
        }) { port in
            _ = await RMBTClient(Self.configuration(port, .websocket)).run()
            let text = first.withLock { $0 }
            #expect(text.hasPrefix("GET /rmbt HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
            #expect(text.utf8.count < 1024)
        }
    }

    @Test(arguments: [(3, 4096), (5, 65_535), (2, 131_060), (2, 300_001)])
    func `a client's chunks are masked frames, one each, of random bytes with the right end`(
        count: Int, size: Int
    ) async throws {
        let received = Mutex<[(header: [UInt8], payload: [UInt8])]>([])
        try await ScriptedServer.with({ peer in
            guard let server = WebSocketScript(peer) else { return }
            for text in ["RMBTv1.3.5\n", "ACCEPT TOKEN QUIT\n"] { server.say(text) }
            _ = server.receive()
            for text in ["OK\n", "CHUNKSIZE 4096 4096 4194304\n", RMBTReply.acceptCommands] { server.say(text) }
            let command = server.receive()
            server.say("OK\n")
            let chunks = (0..<count).compactMap { _ in server.receive() }
            received.withLock { $0 = [command].compactMap { $0 } + chunks }
        }) { port in
            let configuration = Self.configuration(port, .websocket)
            let connection = try #require(await WebSocketScript.connect(configuration))
            _ = await connection.upload(
                .init(chunkSize: size, ending: .chunks(count), duration: nil), timeout: 10, reports: .none,
                origin: 0, meter: nil)
        }
        let frames = received.withLock { $0 }
        try #require(frames.count == count + 1)
        #expect(frames[0].header[0] == 0x81)
        #expect(frames[0].payload == Array("PUTNORESULT \(size)\n".utf8))
        var keys: Set<ArraySlice<UInt8>> = []
        for (index, frame) in frames.dropFirst().enumerated() {
            let key = frame.header.suffix(4)
            #expect(frame.header == NaiveFrame.header(2, length: UInt64(size), key: Array(key)))
            #expect(frame.payload.last == (index == count - 1 ? 0xFF : 0))
            keys.insert(key)
            let counts = frame.payload.reduce(into: [Int](repeating: 0, count: 256)) { $0[Int($1)] += 1 }
            // Of random bytes each value comes about equally often.
            #expect(counts.max() ?? 0 < size / 256 * 4)
        }
        #expect(keys.count == count)
    }
}
