import Foundation
import Logging
import RMBT
import Testing

@testable import RMBTControl

/// What a Control Server says to heads and bodies before any endpoint sees them.
@Suite(.timeLimit(.minutes(1))) struct HTTPConductTests {
    private func serving(
        _ change: (inout ControlServer.Configuration) -> Void = { _ in }, _ body: (Int) async throws -> Void
    ) async throws {
        var configuration = ControlServer.Configuration(servers: [ControlBench.server("own")])
        configuration.requestsPerMinute = 10_000
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let survey = ServerSurvey(
            servers: configuration.servers, interval: .seconds(30), logger: logger,
            look: { _, _ in .init(kind: .http, hasTLS: false) })
        let server = try await ControlServer.bind(
            to: [.init(host: "127.0.0.1", port: 0, tls: nil)], configuration: configuration, results: MemoryResults(),
            survey: survey, logger: logger)
        let port = try #require(server.addresses.first?.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(port)
            group.cancelAll()
        }
    }

    private func said(_ port: Int, _ text: String...) async -> String {
        await RawHTTP.exchange(port: port, text.map { Array($0.utf8) }, limit: .seconds(15))
    }

    @Test func `heads that RFC 9112 forbids are answered with what it says`() async throws {
        try await serving { port in
            let none = await said(port, "GET / HTTP/1.1\r\n\r\n")
            #expect(none.hasPrefix("HTTP/1.1 400 ") && none.contains("The request has no Host line."))
            let two = await said(port, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            #expect(two.hasPrefix("HTTP/1.1 400 ") && two.contains("more than one Host line"))
            let old = await said(port, "GET / HTTP/1.0\r\n\r\n")
            #expect(old.hasPrefix("HTTP/1.") && old.contains(" 200 OK"))
            let junk = await said(port, "RMBTv1.0\n\n\n\n")
            #expect(junk.hasPrefix("HTTP/1.1 400 ") && junk.contains("This is no request of HTTP/1.1."))
            let field = "X: " + String(repeating: "a", count: 40_000)
            let large = await said(port, "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
            #expect(large.hasPrefix("HTTP/1.1 431 "), "\(large)")
            for answer in [none, two, junk, large] { #expect(answer.contains("connection: close\r\n")) }
        }
    }

    @Test func `an answer that is due comes before the refusal of what follows it`() async throws {
        try await serving { port in
            let answers = await said(
                port,
                "POST /RMBTControlServer/ip HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n\r\n")
            let parts = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
            #expect(parts == ["200", "400"], "\(answers)")
        }
    }

    @Test func `a head and a body that are not there in time are told so, and silence is only closed`() async throws {
        try await serving({
            $0.requestTimeout = .milliseconds(400)
            $0.transferTimeout = .milliseconds(400)
        }) { port in
            let head = await said(port, "GET / HTTP/1.1\r\nHost:")
            #expect(head.hasPrefix("HTTP/1.1 408 "), "\(head)")
            let body = await said(
                port, "POST /RMBTControlServer/ip HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{")
            #expect(body.hasPrefix("HTTP/1.1 408 "), "\(body)")
            #expect(await said(port, "") == "")
        }
    }

    @Test func `an offer to go on in another protocol is answered in this one, and ends the connection`() async throws {
        try await serving { port in
            let begun = ContinuousClock.now
            let answer = await said(
                port,
                "POST /RMBTControlServer/ip HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Content-Length: 2\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\nUpgrade: h2c\r\n\r\n{}")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\"v\":4"))
            #expect(answer.lowercased().contains("connection: close\r\n"))
            #expect(ContinuousClock.now - begun < .seconds(10))
        }
    }

    // MARK: Bodies

    private static func chunk(_ bytes: Int) -> [UInt8] {
        Array((String(bytes, radix: 16) + "\r\n").utf8) + [UInt8](repeating: 0x20, count: bytes) + Array("\r\n".utf8)
    }

    @Test(arguments: ["settings", "testRequest", "history", "servedTests", "nothing"])
    func `64 KiB is all that any endpoint but result reads`(name: String) async throws {
        try await serving { port in
            let head = "POST /RMBTControlServer/\(name) HTTP/1.1\r\nHost: a\r\n"
            let announced = await said(port, head + "Content-Length: 65537\r\n\r\n")
            #expect(announced.hasPrefix("HTTP/1.1 413 ") && announced.contains("larger than 64 KiB"))
            let chunked = await RawHTTP.exchange(
                port: port,
                [Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8), Self.chunk(65_536), Self.chunk(1)],
                limit: .seconds(15))
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `a result without a token is read no further than a head`() async throws {
        try await serving { port in
            let head = "POST /RMBTControlServer/result HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let answer = await RawHTTP.exchange(
                port: port, [Array(head.utf8)] + Array(repeating: Self.chunk(65_536), count: 17), limit: .seconds(15))
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("holds no token of this server"))
            let forged = "{\"test_token\":\"x_1_y\",\"a\":["
            let early = await RawHTTP.exchange(
                port: port,
                [
                    Array((head + String(forged.utf8.count, radix: 16) + "\r\n" + forged + "\r\n").utf8),
                    Self.chunk(65_536),
                ],
                limit: .seconds(15))
            #expect(early.hasPrefix("HTTP/1.1 400 ") && early.contains("holds no token of this server"))
        }
    }

    @Test func `the bytes that are held are bounded, of one address and of all`() {
        let budget = BodyBudget(most: 100, mostPerSource: 60)
        #expect(budget.take(60, for: "a"))
        #expect(!budget.take(1, for: "a"))
        #expect(budget.take(40, for: "b"))
        #expect(!budget.take(1, for: "c"))
        budget.giveBack(60, of: "a")
        #expect(budget.take(60, for: "c"))
        budget.giveBack(60, of: "c")
        budget.giveBack(40, of: "b")
        #expect(budget.held == 0)
    }

    @Test func `who has a token takes no room of strangers, and the other way round`() throws {
        let (strangers, submissions) = (
            BodyBudget(most: 100_000, mostPerSource: 100_000), BodyBudget(most: 1 << 20, mostPerSource: 1 << 20)
        )
        func reading() -> BodyReading {
            BodyReading(
                limit: 1 << 20, source: "a", strangers: strangers, submissions: submissions, isToken: { $0 == "a/b=" })
        }
        var own = reading()
        try own.append(.init(string: #"{"test_token" : "a\/b\u003d","#))
        try own.append(.init(repeating: 0x20, count: 80_000))
        try own.append(.init(repeating: 0x20, count: 200_000))
        #expect(strangers.held == 0 && submissions.held > 280_000)
        var stranger = reading()
        try stranger.append(.init(repeating: 0x20, count: 90_000))
        #expect(throws: BodyReading.Problem.noRoom) { try stranger.append(.init(repeating: 0x20, count: 20_000)) }
        stranger.end()
        own.end()
        #expect(strangers.held == 0 && submissions.held == 0)
        var late = reading()
        try late.append(.init(repeating: 0x20, count: 70_000))
        try late.append(.init(string: #""test_token":"#))
        try late.append(.init(string: #""wro"#))
        #expect(throws: BodyReading.Problem.noToken) { try late.append(.init(string: #"ng","#)) }
        late.end()
    }

    @Test func `a server that reports may report often, and a stranger may not`() async throws {
        let bench = await ControlBench { $0.requestsPerMinute = 1 }
        func refusal(_ client: String, _ use: String) -> Int? {
            bench.router.refusal(
                of: ControlRequest(method: .post, path: "/RMBTControlServer/" + use, client: client))?.status
        }
        #expect(try await bench.report([]).status == 200)
        for _ in 0..<5 { #expect(refusal("198.51.100.7", "servedTests") == nil) }
        #expect(refusal("198.51.100.7", "ip") == nil)
        #expect(refusal("198.51.100.7", "ip") == 429)
        #expect(refusal("192.0.2.9", "servedTests") == nil)
        #expect(refusal("192.0.2.9", "servedTests") == 429)
    }

    // MARK: Pages from elsewhere

    @Test func `a page of an allowed origin may ask, and no other`() async throws {
        try await serving({ $0.allowedOrigins = ["https://www.example.net"] }) { port in
            let preflight =
                "OPTIONS /RMBTControlServer/result HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\nOrigin: "
            let allowed = await said(port, preflight + "https://www.example.net\r\n\r\n").lowercased()
            #expect(allowed.hasPrefix("http/1.1 204 "))
            #expect(allowed.contains("access-control-allow-origin: https://www.example.net\r\n"))
            #expect(allowed.contains("access-control-allow-headers: content-type\r\n"))
            #expect(allowed.contains("vary: origin\r\n"))
            let other = await said(port, preflight + "https://evil.example\r\n\r\n").lowercased()
            #expect(other.hasPrefix("http/1.1 405 ") && !other.contains("access-control-allow-origin"))
            let asked = await RawHTTP.exchange(
                port: port,
                [RawHTTP.post("ip", "{}", more: RawHTTP.close + "Origin: https://www.example.net\r\n")])
            #expect(asked.lowercased().contains("access-control-allow-origin: https://www.example.net\r\n"))
        }
        try await serving { port in
            let asked = await RawHTTP.exchange(
                port: port, [RawHTTP.post("ip", "{}", more: RawHTTP.close + "Origin: https://a.example\r\n")])
            #expect(!asked.lowercased().contains("access-control"))
        }
    }

    @Test func `requestDataCollector says what the request says of its browser`() async throws {
        try await serving { port in
            let answer = await said(
                port,
                "GET /RMBTControlServer/requestDataCollector HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + "Accept-Language: de-AT,de;q=0.9,en;q=0.8\r\n"
                    + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let json = try #require(answer.components(separatedBy: "\r\n\r\n").last)
            let fields = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect((fields["agent"] as? String)?.hasSuffix("Firefox/128.0") == true)
            #expect(fields["product"] as? String == "Firefox")
            #expect(fields["version"] as? String == "128.0")
            #expect(fields["os"] as? String == "Linux")
            #expect(fields["ip"] as? String == "127.0.0.1")
            #expect(fields["languages"] as? [String] == ["de-AT", "de", "en"])
            let silent = await said(
                port, "GET /RMBTControlServer/requestDataCollector HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(silent.contains("\"agent\":\"\""))
        }
    }
}
