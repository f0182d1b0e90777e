import NIOCore
import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct WebSocketMaskTests {
    @Test func `masking by words is masking by bytes, wherever it begins and ends`() {
        var random = SeededGenerator(seed: 6455)
        for round in 0..<400 {
            let key = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
            let start = Int.random(in: 0..<67, using: &random)
            let bytes = (0..<Int.random(in: 0..<(round < 300 ? 200 : 5000), using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Where the payload already stands in the frame, and where the bytes stand in memory.
            let phase = Int.random(in: 0..<9, using: &random)
            var mask = WebSocketMask(key: key.reversed().reduce(0) { $0 << 8 | UInt32($1) })
            mask.advance(by: phase)
            let source = [UInt8](repeating: 0, count: start) + bytes
            var target = [UInt8](repeating: 0xEE, count: start + bytes.count + 5)
            source.withUnsafeBytes { source in
                target.withUnsafeMutableBytes { target in
                    mask.apply(
                        UnsafeRawBufferPointer(rebasing: source[start...]),
                        to: UnsafeMutableRawBufferPointer(rebasing: target[start...]))
                }
            }
            let naive = bytes.enumerated().map { $1 ^ key[(phase + $0) % 4] }
            #expect(Array(target[start..<(start + bytes.count)]) == naive)
            #expect(target.suffix(5) == [0xEE, 0xEE, 0xEE, 0xEE, 0xEE])
            #expect((0..<8).map { mask.byte(at: $0) } == (0..<8).map { key[(phase + $0) % 4] })
        }
    }

    @Test func `the key of RFC 6455's handshake has the answer of RFC 6455`() throws {
        #expect(try #require(WebSocketKey("dGhlIHNhbXBsZSBub25jZQ==")).accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: ["", "dGhlIHNhbXBsZSBub25jZQ", "AAAA", "dGhlIHNhbXBsZSBub25jZQ==AA", "not base64, at all ====="])
    func `a key that is not 16 bytes in base64 is none`(text: String) {
        #expect(WebSocketKey(text) == nil)
    }

    @Test func `fresh keys are keys, and differ`() {
        let keys = (0..<100).map { _ in WebSocketKey().text }
        #expect(keys.allSatisfy { WebSocketKey($0) != nil })
        #expect(Set(keys).count == 100)
    }
}
