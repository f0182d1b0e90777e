import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RMBT
import Sockets
import Testing

@testable import RMBTControl

@Suite(.timeLimit(.minutes(1))) struct ControlServerTests {
    /// Runs a server on a free port while `body` talks to it.
    private func serving(
        tls: NIOSSLContext? = nil, _ change: (inout ControlServer.Configuration) -> Void = { _ in },
        _ body: (Int, MemoryResults) async throws -> Void
    ) async throws {
        let results = MemoryResults()
        var configuration = ControlServer.Configuration(servers: [ControlBench.server("own")])
        configuration.requestsPerMinute = 10_000
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let survey = ServerSurvey(
            servers: configuration.servers, interval: .seconds(30), logger: logger,
            look: { _, _ in .init(kind: .http, hasTLS: false) })
        let server = try await ControlServer.bind(
            to: [.init(host: "127.0.0.1", port: 0, tls: tls.map { TLSContextSource($0) })],
            configuration: configuration, results: results,
            survey: survey, logger: logger)
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port, results)
            group.cancelAll()
        }
    }

    @Test func `a whole test over HTTP is stored, and its second submission is refused`() async throws {
        let clock = ControlBench.Clock()
        try await serving({ $0.now = { clock.now } }) { port, results in
            let asked = await RawHTTP.exchange(
                port: port,
                [RawHTTP.post("testRequest", "{\"uuid\":\"\(ControlBench.client)\"}", more: RawHTTP.close)])
            #expect(asked.hasPrefix("HTTP/1.1 200 OK\r\n"))
            // No capability: the server speaks HTTP alone.
            #expect(asked.contains("No RMBT server that speaks classic RMBT answers at present"))
            let body =
                "{\"uuid\":\"\(ControlBench.client)\",\"capabilities\":{\"RMBThttp\":true}}"
            let permitted = await RawHTTP.exchange(
                port: port, [RawHTTP.post("testRequest", body, more: RawHTTP.close)])
            let json = try #require(permitted.components(separatedBy: "\r\n\r\n").last)
            let terms = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect(terms["client_remote_ip"] as? String == "127.0.0.1")
            #expect(terms["result_url"] as? String == "http://control.test/RMBTControlServer/result")
            clock.advance(by: 20)
            let submission = String(
                decoding: try JSONSerialization.data(withJSONObject: try ControlBench.submission(terms)), as: UTF8.self)
            for status in ["200 OK", "400 Bad Request"] {
                let answer = await RawHTTP.exchange(
                    port: port, [RawHTTP.post("result", submission, more: RawHTTP.close)])
                #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            }
            #expect(results.all.count == 1)
        }
    }

    @Test func `one connection carries several requests, also when they come a byte at a time`() async throws {
        try await serving { port, _ in
            let requests =
                RawHTTP.post("ip", "{}") + RawHTTP.post("ip/", "{}") + RawHTTP.post("ip", "{}", more: RawHTTP.close)
            let answers = await RawHTTP.exchange(port: port, requests.map { [$0] })
            #expect(answers.components(separatedBy: "{\"ip\":\"127.0.0.1\",\"v\":4}").count == 4)
        }
    }

    @Test func `it speaks TLS`() async throws {
        let certificate = try SelfSignedCertificate(names: ["localhost"], validFrom: Date())
        try await serving(tls: try certificate.serverContext()) { port, _ in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: nil))
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let answer = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: RawHTTP.post("ip", "{}", more: RawHTTP.close)))
                var all = ""
                for try await part in inbound {
                    all += String(buffer: part)
                    if all.contains("\"v\":4") { break }
                }
                return all
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func `a body that is too large is refused in a sentence, announced or not`() async throws {
        try await serving { port, results in
            let head = "POST /RMBTControlServer/result HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            let announced = await RawHTTP.exchange(port: port, [Array((head + "Content-Length: 4194305\r\n\r\n").utf8)])
            #expect(announced.hasPrefix("HTTP/1.1 413 "))
            #expect(announced.contains("The body is larger than 4 MiB: thin out speed_detail."))
            let permitted = RMBTToken(
                uuid: UUID(), startTime: Int64(Date().timeIntervalSince1970), key: ControlBench.key
            ).text
            let begin = "{\"test_token\":\"\(permitted)\",\"speed_detail\":["
            let first = Array((String(begin.utf8.count, radix: 16) + "\r\n" + begin + "\r\n").utf8)
            let piece = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65_536) + Array("\r\n".utf8)
            let chunked = await RawHTTP.exchange(
                port: port,
                [Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8), first] + Array(repeating: piece, count: 65)
                    + [Array("0\r\n\r\n".utf8)])
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
            #expect(results.all.isEmpty)
        }
    }

    @Test func `what is no HTTP ends the connection and nothing else`() async throws {
        try await serving { port, _ in
            let junk: [[UInt8]] = [
                Array("RMBTv1.0\n\n\n\n".utf8), [0x16, 0x03, 0x01, 0x02, 0x00], Array("GET\r\n\r\n".utf8),
                Array("POST /RMBTControlServer/ip HTTP/1.1\r\nContent-Length: -5\r\n\r\n".utf8),
                Array("POST /RMBTControlServer/ip HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
                Array(("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 200_000) + "\r\n\r\n").utf8),
            ]
            for bytes in junk {
                let answer = await RawHTTP.exchange(port: port, [bytes], limit: .seconds(3))
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            }
            let after = await RawHTTP.exchange(port: port, [RawHTTP.post("ip", "{}", more: RawHTTP.close)])
            #expect(after.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func `an address has no more than its share of connections, and gets it back`() async throws {
        try await serving({ $0.maxConnectionsPerAddress = 2 }) { port, _ in
            var held: [any Channel] = []
            for _ in 0..<2 {
                held.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: port).get())
            }
            let request = RawHTTP.post("ip", "{}", more: RawHTTP.close)
            // The server may see the first two a moment later than the system does.
            var refused = ""
            for _ in 0..<50 {
                refused = await RawHTTP.exchange(port: port, [request])
                if refused.isEmpty { break }
            }
            #expect(refused.isEmpty)
            for channel in held { try? await channel.close() }
            var answer = ""
            for _ in 0..<200 where !answer.hasPrefix("HTTP/1.1 200") {
                answer = await RawHTTP.exchange(port: port, [request])
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func `who asks whether to send a body is told to, unless it is too large`() async throws {
        try await serving { port, _ in
            let expecting = "Expect: 100-continue\r\n" + RawHTTP.close
            let answer = await RawHTTP.exchange(port: port, [RawHTTP.post("ip", "{}", more: expecting)])
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            let large = String(
                decoding: RawHTTP.post("result", "", more: expecting), as: UTF8.self
            ).replacing("Content-Length: 0", with: "Content-Length: 5000000")
            #expect(await RawHTTP.exchange(port: port, [Array(large.utf8)]).hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `who trickles or says nothing is cut off`() async throws {
        let change: (inout ControlServer.Configuration) -> Void = {
            $0.requestTimeout = .milliseconds(300)
            $0.transferTimeout = .milliseconds(300)
        }
        try await serving(change) { port, _ in
            let request = RawHTTP.post("ip", "{\"a\":\"\(String(repeating: "b", count: 500))\"}")
            let body = String(decoding: request, as: UTF8.self).firstRange(of: "\r\n\r\n")
            #expect(body != nil)
            let cases: [[[UInt8]]] = [
                [], request.map { [$0] }, [Array(request.prefix(200))] + request.dropFirst(200).map { [$0] },
            ]
            for pieces in cases {
                let began = MonotonicClock.now()
                let answer = await RawHTTP.exchange(port: port, pieces, pause: .milliseconds(20))
                #expect(pieces.isEmpty ? answer.isEmpty : answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
                #expect(MonotonicClock.now() - began < 5_000_000_000)
            }
        }
    }

    @Test func `a proxy that is trusted has more connections than one address`() async throws {
        let change: (inout ControlServer.Configuration) -> Void = {
            $0.maxConnectionsPerAddress = 1
            $0.trustsProxy = { $0 == "127.0.0.1" }
        }
        try await serving(change) { port, _ in
            let held = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            let answer = await RawHTTP.exchange(
                port: port, [RawHTTP.post("ip", "{}", more: RawHTTP.close + "X-Forwarded-For: 198.51.100.9\r\n")])
            #expect(answer.contains("{\"ip\":\"198.51.100.9\",\"v\":4}"))
            try await held.close()
        }
    }

    @Test func `HEAD gives a page's head alone`() async throws {
        try await serving { port, _ in
            let answer = await RawHTTP.exchange(
                port: port, [Array("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)])
            #expect(answer.contains("Content-Security-Policy: default-src 'none'"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `a port that is taken is an error and leaves nothing open`() async throws {
        try await serving { port, results in
            let configuration = ControlServer.Configuration(servers: [])
            await #expect(throws: IOError.self) {
                try await ControlServer.bind(
                    to: [.init(host: "127.0.0.1", port: 0, tls: nil), .init(host: "127.0.0.1", port: port, tls: nil)],
                    configuration: configuration, results: results,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
        }
    }
}
