import Foundation
import Sockets
import Testing
import TestSupport

@testable import RMBT

/// An HTTP port of the server, and clients that send it what they like.
@Suite(.usesSockets) struct HTTPServerTests {
    private static let request = "GET /rmbt HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: RMBT\r\n\r\n"
    private static let accept = "ACCEPT GETCHUNKS GETTIME PUT PUTNORESULT PING QUIT"

    /// Runs `client` on a thread that may block.
    private static func on<Value: Sendable>(
        _ port: Int, _ client: @escaping @Sendable (RawPeer) -> Value
    ) async throws -> Value {
        let value = await DataThread.run("client") { RawPeer(connectingTo: port).map(client) }
        return try #require(value)
    }

    /// All that the server sends until it closes; nil when it does not.
    private static func answer(to bytes: String, port: Int) async throws -> String? {
        try await on(port) { peer in
            peer.send(bytes)
            var answer: [UInt8] = []
            while let piece = peer.receive() {
                if piece.isEmpty { return String(decoding: answer, as: UTF8.self) }
                answer += piece
            }
            return nil
        }
    }

    @Test func `a request comes through wherever it is cut, with the commands behind it`() async throws {
        try await LoopbackServer.with(transport: .http, checksTokens: false) { port in
            let stream = Array((Self.request + "TOKEN x\nPING\nOK\nQUIT\n").utf8)
            for cut in 1..<stream.count {
                let lines = try await Self.on(port) { peer in
                    peer.send(Array(stream[..<cut]))
                    // Far apart enough for two reads, most times.
                    if cut.isMultiple(of: 8) { usleep(1000) }
                    peer.send(Array(stream[cut...]))
                    var lines: [String] = []
                    while let line = peer.readLine() { lines.append(line) }
                    return lines
                }
                #expect(
                    lines.prefix(4) == [
                        "HTTP/1.1 101 Switching Protocols\r", "Connection: Upgrade\r", "Upgrade: RMBT\r", "\r",
                    ])
                #expect(
                    lines.dropFirst(4).map { $0.hasPrefix("TIME") ? "TIME" : $0 } == [
                        "RMBTv1.5.0", "ACCEPT TOKEN QUIT", "OK", "CHUNKSIZE 4096 4096 4194304", Self.accept, "PONG",
                        "TIME",
                        Self.accept, "BYE",
                    ])
            }
        }
    }

    @Test func `a request that comes a byte at a time is taken`() async throws {
        try await LoopbackServer.with(transport: .http, checksTokens: false) { port in
            let line = try await Self.on(port) { peer in
                for byte in Self.request.utf8 { peer.send([byte]) }
                return peer.skip(to: "ACCEPT TOKEN")
            }
            #expect(line == "ACCEPT TOKEN QUIT")
        }
    }

    @Test func `nothing is sent before a request, and the wait for one ends`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(
            transport: .http, stepTimeout: .milliseconds(250), logger: log.logger
        ) { port in
            for opening in ["", "GET /rmbt HTTP/1.1\r\nHost: a\r\n"] {
                let answer = try await Self.answer(to: opening, port: port)
                #expect(answer == "")
            }
        }
        #expect(log.reasons.count == 2)
    }

    @Test func `64 KB of headers are answered with 431, wherever they end`() async throws {
        let log = RecordingLog()
        try await LoopbackServer.with(transport: .http, logger: log.logger) { port in
            for header in [
                "A: " + String(repeating: "b", count: 1 << 16), String(repeating: "A: b\r\n", count: 10_923),
            ] {
                for end in ["", "\r\n\r\n"] {
                    let answer = try await Self.answer(to: "GET /rmbt HTTP/1.1\r\n" + header + end, port: port)
                    #expect(
                        answer?.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n")
                            == true)
                    #expect(answer?.hasSuffix("its header may have 16384 bytes and 100 fields.\n") == true)
                }
            }
        }
        let reason = "the peer sent a request that was answered 431 Request Header Fields Too Large"
        #expect(log.reasons == [reason, reason, reason, reason])
    }

    @Test func `a client that sends headers for ever is cut off soon`() async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let began = MonotonicClock.now()
            let sent = try await Self.on(port) { peer in
                peer.send("GET /rmbt HTTP/1.1\r\n")
                let line = Array(("A: " + String(repeating: "b", count: 4000) + "\r\n").utf8)
                var sent = 0
                while sent < 1 << 28, peer.send(line) { sent += line.count }
                return sent
            }
            #expect(sent < 1 << 25)
            #expect(MonotonicClock.now() - began < 3_000_000_000)
        }
    }

    @Test(arguments: [
        ("GET /rmbt HTTP/1.1\r\nHost: a\r\n\r\n", "426 Upgrade Required"), ("TOKEN a_1_b=\n\n", "400 Bad Request"),
        ("\u{16}\u{3}\u{1}", "400 Bad Request"), ("GET /x HTTP/1.1\r\n\r\n", "404 Not Found"),
        ("POST /rmbt HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        (WebSocketPeer.request.replacing("Version: 13", with: "Version: 7"), "426 Upgrade Required"),
        (WebSocketPeer.request.replacing("dGhl", with: ""), "400 Bad Request"),
    ])
    func `other requests get an answer and the end`(request: String, status: String) async throws {
        try await LoopbackServer.with(transport: .http) { port in
            let began = MonotonicClock.now()
            let answer = try #require(try await Self.answer(to: request, port: port))
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\nConnection: close"))
            #expect(answer.contains("\r\n\r\nThis port is for RMBT measurements, "))
            #expect(!answer.contains("RMBTv"))
            // The client's end of the stream is not waited for.
            #expect(MonotonicClock.now() - began < 900_000_000)
        }
    }

    @Test func `a refused client that stays loses its connection, and its place is free`() async throws {
        try await LoopbackServer.with(transport: .http, maxConnections: 1) { port in
            let began = MonotonicClock.now()
            let idle = try await Self.on(port) { peer in
                peer.send("GET / HTTP/1.0\r\n\r\n")
                _ = peer.skip(to: "This port")
                return peer
            }
            let line = await DataThread.run("next") { () -> String? in
                while MonotonicClock.now() - began < 3_000_000_000 {
                    guard let peer = RawPeer(connectingTo: port), peer.send(Self.request) else { continue }
                    if let line = peer.readLine() { return line }
                    usleep(20_000)
                }
                return nil
            }
            #expect(line == "HTTP/1.1 101 Switching Protocols\r")
            idle.shutDown()
        }
    }
}
