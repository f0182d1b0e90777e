import NIOCore
import TestSupport
import Testing

@testable import RMBT

/// What a server makes of requests, and a client of answers, without sockets.
@Suite(.onlyComputes) struct UpgradeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private static func head(_ text: String) throws -> HTTPHead {
        var reader = HTTPHeadReader()
        var input = ByteBuffer(string: text + "\r\n\r\n")
        return try #require(try reader.read(&input))
    }

    private static func upgrade(_ lines: String...) throws -> Result<RMBTUpgrade, RMBTUpgradeRefusal> {
        let head = try head(lines.joined(separator: "\r\n"))
        do { return .success(try RMBTUpgrade(head)) } catch { return .failure(error) }
    }

    @Test(arguments: [
        "/rmbt", "/", "/rmbt?x=1", "/rmbtv2/x", "http://example.net/rmbt", "HTTPS://example.net", "/?x",
    ])
    func `a request for RMBT at any of its paths is taken`(path: String) throws {
        #expect(
            try Self.upgrade("GET \(path) HTTP/1.1", "connection: keep-alive, UPGRADE", "upgrade: rmbt")
                == .success(.rmbt))
    }

    @Test func `a WebSocket is taken with whatever else a browser offers`() throws {
        let upgrade = try Self.upgrade(
            "GET /rmbt HTTP/1.1", "Host: a", "Origin: https://b", "Connection: Upgrade", "Upgrade: WebSocket",
            "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(Self.key)")
        #expect(
            try upgrade.get().response
                == "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    }

    @Test(arguments: [
        (["GET /rmbt HTTP/1.1"], 426), (["GET /rmbt HTTP/1.1", "Connection: Upgrade"], 426),
        (["GET /rmbt HTTP/1.1", "Upgrade: RMBT"], 426),
        (["GET /rmbt HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c"], 426),
        (["GET /other HTTP/1.1", "Connection: Upgrade", "Upgrade: RMBT"], 404), (["GET /favicon.ico HTTP/1.1"], 404),
        (["POST /rmbt HTTP/1.1", "Connection: Upgrade", "Upgrade: RMBT"], 405),
        (["GET /rmbt HTTP/1.0", "Connection: Upgrade", "Upgrade: RMBT"], 400), (["TOKEN a_1_b="], 400),
        (["TOKEN a b"], 400),
        (
            ["GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"], 400
        ),
        (
            [
                "GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: c2hvcnQ=",
            ], 400
        ),
        (
            [
                "GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ], 426
        ),
    ])
    func `any other request is refused with a sentence`(lines: [String], status: Int) throws {
        let head = try Self.head(lines.joined(separator: "\r\n"))
        let refusal = try #require(throws: RMBTUpgradeRefusal.self) { try RMBTUpgrade(head) }
        #expect(refusal.status.hasPrefix("\(status) "))
        let answer = try Self.head(String(try #require(refusal.response.split(separator: "\r\n\r\n").first)))
        #expect(answer.startLine == "HTTP/1.1 \(refusal.status)")
    }

    @Test func `a refusal says what the port is for and what is spoken there`() throws {
        let parts = RMBTUpgradeRefusal.webSocketVersion.response.split(separator: "\r\n\r\n", maxSplits: 1)
        let head = try Self.head(String(parts[0]))
        #expect(head.startLine == "HTTP/1.1 426 Upgrade Required")
        #expect(head.values("sec-websocket-version") == ["13"])
        #expect(head.lists("close", in: "connection") && head.lists("upgrade", in: "connection"))
        #expect(head.values("content-length") == ["\(parts[1].utf8.count)"])
        #expect(
            parts[1]
                == "This port is for RMBT measurements, which begin with GET /rmbt and Upgrade: RMBT or Upgrade: websocket; of WebSocket, version 13 is spoken.\n"
        )
        #expect(RMBTUpgradeRefusal.methodNotAllowed.response.contains("\r\nAllow: GET\r\n"))
    }

    // MARK: Client

    @Test(arguments: [
        ("example.net", 443, true, "example.net"), ("example.net", 80, false, "example.net"),
        ("example.net", 443, false, "example.net:443"), ("192.0.2.1", 8080, true, "192.0.2.1:8080"),
        ("2001:db8::1", 443, true, "[2001:db8::1]"), ("fe80::1%eth0", 8443, true, "[fe80::1]:8443"),
    ])
    func `a client's request names the host, with its port unless it is the default`(
        host: String, port: Int, isEncrypted: Bool, authority: String
    ) throws {
        for transport in [RMBTTransport.http, .websocket] {
            let request = try RMBTUpgradeRequest(host: host, port: port, isEncrypted: isEncrypted, transport: transport)
            #expect(request.text.utf8.count < 1024)
            #expect(request.text.hasSuffix("\r\n\r\n"))
            let head = try Self.head(String(request.text.dropLast(2)))
            #expect(head.values("host") == [authority])
            switch try RMBTUpgrade(head) {
            case .rmbt: #expect(transport == .http)
            case .webSocket: #expect(transport == .websocket)
            }
        }
    }

    @Test(arguments: [String(repeating: "a", count: 1000), "a\r\nEvil: b", "a b", "über.example"])
    func `a host that fits into no request is told`(host: String) {
        #expect(throws: RMBTError.self) {
            try RMBTUpgradeRequest(host: host, port: 443, isEncrypted: true, transport: .http)
        }
    }

    private static func judgement(of answer: String, _ transport: RMBTTransport = .websocket) throws -> String? {
        let request = try RMBTUpgradeRequest(
            host: "a", port: 80, isEncrypted: false, transport: transport, key: try #require(WebSocketKey(key)))
        let head = try head(answer)
        do {
            try request.check(head)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a client takes the 101 of its own key and says what is wrong with any other answer`() throws {
        let good = "HTTP/1.1 101 Web Socket Protocol Handshake\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        #expect(try Self.judgement(of: good) == nil)
        #expect(try Self.judgement(of: "HTTP/1.1 101 Switching Protocols\r\nServer: x", .http) == nil)
        let begin = "Instead of 101 Switching Protocols the server sent "
        #expect(
            try Self.judgement(of: "HTTP/1.1 101 Switching Protocols")
                == begin + "a 101 whose Sec-WebSocket-Accept does not fit the key.")
        #expect(
            try Self.judgement(of: good + "\r\nSec-WebSocket-Extensions: permessage-deflate")
                == begin + "a 101 with an extension or a sub-protocol that was not offered.")
        #expect(
            try Self.judgement(of: "HTTP/1.1 404 Not Found")
                == begin + "\"HTTP/1.1 404 Not Found\", as a port does that is not for RMBTws.")
        #expect(
            try Self.judgement(of: "HTTP/1.1 404 Not Found", .http)
                == begin + "\"HTTP/1.1 404 Not Found\", as a port does that is not for RMBThttp.")
        #expect(
            try Self.judgement(of: "RMBTv1.5.0") == begin + "\"RMBTv1.5.0\", as a port for classic RMBT does.")
        #expect(try Self.judgement(of: "SSH-2.0-x") == begin + "\"SSH-2.0-x\", which is no HTTP.")
    }
}
