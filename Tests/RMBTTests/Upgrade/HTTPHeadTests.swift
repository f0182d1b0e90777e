import NIOCore
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct HTTPHeadTests {
    private static func read(_ text: String, pieces: [Int]) throws(HTTPHeadReader.Failure) -> (HTTPHead?, rest: String)
    {
        try read(Array(text.utf8), pieces: pieces)
    }

    private static func read(
        _ bytes: [UInt8], pieces: [Int]
    ) throws(HTTPHeadReader.Failure) -> (HTTPHead?, rest: String) {
        var reader = HTTPHeadReader()
        var stream = ByteBuffer(bytes: bytes)
        var sizes = pieces[...]
        while stream.readableBytes > 0 {
            let size = sizes.count > 1 ? sizes.removeFirst() : sizes.first ?? 1
            guard var piece = stream.readSlice(length: min(size, stream.readableBytes)) else { break }
            if let head = try reader.read(&piece) {
                return (head, String(buffer: piece) + String(buffer: stream))
            }
        }
        return (nil, "")
    }

    @Test func `a request is the same wherever it is cut, and what follows it is left`() throws {
        let text =
            "\r\nGET /rmbt HTTP/1.1 \r\nHost:x\r\nconnection:  Upgrade \t\nUPGRADE: RMBT\r\nEmpty:\r\n\r\nTOKEN a\r\n\r\n"
        for cut in 1..<text.utf8.count {
            let (head, rest) = try Self.read(text, pieces: [cut, 1000])
            #expect(head?.startLine == "GET /rmbt HTTP/1.1")
            let fields = head?.fields.map { "\($0.name)=\($0.value)" }
            #expect(fields == ["host=x", "connection=Upgrade", "upgrade=RMBT", "empty="])
            #expect(rest == "TOKEN a\r\n\r\n")
        }
        #expect(try Self.read(text, pieces: [1]).0 == Self.read(text, pieces: [1000]).0)
    }

    @Test func `tokens in lists are found in whatever case, and parts of words are not`() {
        var head = HTTPHead(startLine: "")
        head.add("connection", "keep-alive,\tUPGRADE ,x")
        head.add("connection", "Close")
        head.add("upgrade", "rmbt/1")
        #expect(head.lists("upgrade", in: "connection"))
        #expect(head.lists("close", in: "connection"))
        #expect(!head.lists("keep", in: "connection"))
        #expect(!head.lists("rmbt", in: "upgrade"))
        #expect(!head.lists("upgrade", in: "te"))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nno colon\r\n", "GET / HTTP/1.1\r\n: value\r\n", "GET / HTTP/1.1\r\nA : b\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n folded\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n", "GET / HTTP/1.1\r\nA: \0",
        "\u{16}\u{3}\u{1}",
        "GET\u{7F}",
    ])
    func `what is no HTTP is refused at once`(text: String) {
        #expect(throws: HTTPHeadReader.Failure.malformed) { try Self.read(text, pieces: [1]) }
        #expect(throws: HTTPHeadReader.Failure.malformed) { try Self.read(text, pieces: [1000]) }
    }

    @Test func `a head has 16384 bytes at most, in one line or many, and 100 fields`() throws {
        let start = "GET / HTTP/1.1\r\n"
        func head(_ count: Int) -> String {
            start + "A: " + String(repeating: "b", count: count - start.utf8.count - 7) + "\r\n\r\n"
        }
        #expect(head(16_384).utf8.count == 16_384)
        #expect(try Self.read(head(16_384), pieces: [1000]).0 != nil)
        #expect(throws: HTTPHeadReader.Failure.tooLarge) { try Self.read(head(16_385), pieces: [1000]) }
        for endless in ["b", "\r\n"] {
            let text = String(repeating: endless, count: 16_385)
            #expect(throws: HTTPHeadReader.Failure.tooLarge) { try Self.read(text, pieces: [1000]) }
        }
        func fields(_ count: Int) -> String { start + String(repeating: "A: b\r\n", count: count) + "\r\n" }
        #expect(try Self.read(fields(100), pieces: [7]).0?.fields.count == 100)
        #expect(throws: HTTPHeadReader.Failure.tooLarge) { try Self.read(fields(101), pieces: [7]) }
    }

    @Test func `no bytes trap the reading of a request`() {
        var random = SeededGenerator(seed: 9112)
        let request = Array(
            "GET /rmbt HTTP/1.1\r\nHost: [::1]:443\r\nConnection: a, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                .utf8)
        var upgrades = 0
        for _ in 0..<10_000 {
            var bytes = request
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert([32, 13, 10, 58, 44, 0][Int.random(in: 0..<6, using: &random)], at: place)
                }
            }
            guard let head = try? Self.read(bytes, pieces: [Int.random(in: 1...80, using: &random)]).0 else { continue }
            if let upgrade = try? RMBTUpgrade(head) {
                upgrades += 1
                #expect(upgrade.response.hasPrefix("HTTP/1.1 101 "))
            }
        }
        #expect(upgrades > 2000)
    }
}
