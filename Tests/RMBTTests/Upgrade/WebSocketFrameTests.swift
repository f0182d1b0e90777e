import NIOCore
import TestSupport
import Testing

@testable import RMBT

/// Frames from one side to the other, cut anywhere.
@Suite(.onlyComputes) struct WebSocketFrameTests {
    private static let key: [UInt8] = [0xA1, 0x02, 0xF3, 0x44]

    /// What a reader makes of a stream that comes in pieces of these sizes; the last size is repeated.
    private static func read(
        _ bytes: [UInt8], from sender: WebSocketSide, pieces: [Int]
    ) -> (payload: [UInt8], pings: [[UInt8]], end: WebSocketFrameReader.End?) {
        var reader = WebSocketFrameReader(from: sender)
        var stream = ByteBuffer(bytes: bytes)
        var payload: [UInt8] = []
        var pings: [[UInt8]] = []
        var end: WebSocketFrameReader.End?
        var sizes = pieces[...]
        while stream.readableBytes > 0 {
            let size = sizes.count > 1 ? sizes.removeFirst() : sizes.first ?? 1
            guard let piece = stream.readSlice(length: min(max(size, 1), stream.readableBytes)) else { break }
            let reading = reader.read(piece)
            payload += Array(reading.payload.readableBytesView)
            if let ping = reading.ping { pings.append(ping) }
            #expect(end == nil || reading == .init())
            end = end ?? reading.end
        }
        return (payload, pings, end)
    }

    private static func payload(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    }

    @Test(arguments: [WebSocketSide.client, .server], [0, 1, 2, 125, 126, 127, 65_535, 65_536])
    func `frames of every length come through, whatever the pieces`(sender: WebSocketSide, count: Int) {
        let payload = Self.payload(count)
        let key = sender == .client ? Self.key : nil
        let mask = key.map { WebSocketMask(key: $0.reversed().reduce(0) { $0 << 8 | UInt32($1) }) }
        let header = WebSocketFrameHeader(.binary, length: count, mask: mask)
        let frame = header.frame(ByteBufferView(ByteBuffer(bytes: payload)), ByteBufferAllocator())
        let naive = NaiveFrame(opcode: 2, payload: payload).bytes(key: key)
        #expect(Array(frame.readableBytesView) == naive)
        #expect(header.size == naive.count - count)

        // Two of them, so that each cut also falls between frames or into the second header.
        let stream = naive + naive
        let expected = payload + payload
        let cuts = Set(0...min(stream.count, 300)).union((-16...16).map { naive.count + $0 })
            .filter { (0...stream.count).contains($0) && (count < 1000 || $0 < 16 || $0 >= naive.count - 16) }
        for cut in cuts {
            let read = Self.read(stream, from: sender, pieces: [max(cut, 1), stream.count])
            #expect(read.payload == expected)
            #expect(read.end == nil)
        }
        for size in count < 1000 ? [1, 2, 3, 7] : [1, 4096] {
            #expect(Self.read(stream, from: sender, pieces: [size]).payload == expected)
        }
    }

    @Test(arguments: [WebSocketSide.client, .server])
    func `fragments with control frames between them are one stream`(sender: WebSocketSide) {
        let key = sender == .client ? Self.key : nil
        let frames: [NaiveFrame] = [
            NaiveFrame(isFinal: false, opcode: 1, payload: Array("PUT ".utf8)),
            NaiveFrame(opcode: 9, payload: Array("one".utf8)), NaiveFrame(isFinal: false, opcode: 0, payload: []),
            NaiveFrame(opcode: 10, payload: Array("late".utf8)),
            NaiveFrame(isFinal: false, opcode: 0, payload: Array("40".utf8)),
            NaiveFrame(opcode: 9, payload: []), NaiveFrame(opcode: 0, payload: Array("96\n".utf8)),
            NaiveFrame(opcode: 2, payload: Self.payload(4096)),
            NaiveFrame(opcode: 8, payload: [0x03, 0xE9] + Array("bye".utf8)), NaiveFrame(opcode: 1, payload: [1]),
        ]
        let stream = frames.flatMap { $0.bytes(key: key) }
        let expected = Array("PUT 4096\n".utf8) + Self.payload(4096)
        for cut in 0..<stream.count {
            let read = Self.read(stream, from: sender, pieces: [max(cut, 1), stream.count])
            #expect(read.payload == expected)
            #expect(read.end == .closed(code: 1001))
        }
        let slowly = Self.read(stream, from: sender, pieces: [1])
        #expect(slowly.payload == expected)
        #expect(slowly.pings == [Array("one".utf8), []])
        #expect(slowly.end == .closed(code: 1001))
        // In one piece, the last ping alone is answered.
        #expect(Self.read(stream, from: sender, pieces: [stream.count]).pings == [[]])
    }

    @Test func `lengths in more bytes than they need are taken`() {
        for header: [UInt8] in [[0x82, 126, 0, 3], [0x82, 127, 0, 0, 0, 0, 0, 0, 0, 3]] {
            #expect(Self.read(header + [7, 8, 9], from: .server, pieces: [1]).payload == [7, 8, 9])
        }
    }

    @Test func `NULs are skipped before a server's first frame, and there alone`() {
        let frame = NaiveFrame(opcode: 1, payload: [65, 10]).bytes()
        #expect(Self.read([0, 0] + frame, from: .server, pieces: [1]).payload == [65, 10])
        #expect(Self.read(frame + [0, 0], from: .server, pieces: [1]).end == .violation(.continuationOfNothing))
    }

    @Test func `a large frame without a mask is passed on without a copy`() {
        var reader = WebSocketFrameReader(from: .server)
        _ = reader.read(ByteBuffer(bytes: NaiveFrame.header(2, length: 1 << 22, key: nil)))
        let piece = ByteBuffer(repeating: 5, count: 1 << 16)
        let passed = reader.read(piece).payload
        let places = [piece, passed].map { $0.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(places[0] == places[1])
    }

    /// Bytes on the wire and what is wrong with them.
    static let violations: [(WebSocketSide, [UInt8], WebSocketViolation)] = [
        (.client, NaiveFrame(opcode: 1, payload: [65]).bytes(), .unmasked),
        (.client, NaiveFrame(opcode: 9, payload: []).bytes(), .unmasked),
        (.server, NaiveFrame(opcode: 1, payload: [65]).bytes(key: key), .masked),
        (.server, [0xC1, 0], .reservedBits), (.server, [0xA1, 0], .reservedBits), (.server, [0x91, 0], .reservedBits),
        (.server, [0x83, 0], .unknownOpcode(3)), (.server, [0x8B, 0], .unknownOpcode(11)),
        (.server, [0x8F, 0], .unknownOpcode(15)), (.server, [0x09, 0], .fragmentedControl),
        (.server, [0x08, 0], .fragmentedControl), (.server, [0x89, 126, 0, 126], .longControl),
        (.server, NaiveFrame.header(2, length: 1 << 63, key: nil), .tooLong(1 << 63)),
        (.server, NaiveFrame.header(2, length: .max, key: nil), .tooLong(.max)),
        (.client, NaiveFrame.header(2, length: 1 << 62, key: key), .tooLong(1 << 62)),
        (.server, NaiveFrame.header(2, length: (1 << 40) + 1, key: nil), .tooLong((1 << 40) + 1)),
        (.server, [0x80, 0], .continuationOfNothing), (.server, [0x81, 1, 65, 0x80, 0], .continuationOfNothing),
        (.server, [0x01, 1, 65, 0x81, 0], .unfinishedMessage), (.server, [0x88, 1, 3], .malformedClose),
    ]

    @Test(arguments: violations)
    func `what RFC 6455 forbids ends the reading`(
        sender: WebSocketSide, bytes: [UInt8], violation: WebSocketViolation
    ) {
        for pieces in [[1], [bytes.count + 2]] {
            let read = Self.read(bytes + [0x81, 0], from: sender, pieces: pieces)
            #expect(read.end == .violation(violation))
        }
        #expect("\(violation)".hasPrefix("a "))
    }

    @Test func `a frame of the longest length that is taken passes its bytes on as they come`() {
        var reader = WebSocketFrameReader(from: .client)
        _ = reader.read(ByteBuffer(bytes: NaiveFrame.header(2, length: 1 << 40, key: Self.key)))
        for _ in 0..<10 {
            let reading = reader.read(ByteBuffer(repeating: 0, count: 1000))
            #expect(Array(reading.payload.readableBytesView.prefix(4)) == Self.key)
            #expect(reading.payload.readableBytes == 1000)
            #expect(reading.end == nil)
        }
    }

    @Test func `no bytes trap the reader, and it gives out no more than it got`() {
        var random = SeededGenerator(seed: 20_111_212)
        for _ in 0..<6000 {
            var bytes: [UInt8] = []
            let key = Bool.random(using: &random) ? Self.key : nil
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let opcode: UInt8 = [0, 1, 2, 2, 8, 9, 10, 5].randomElement(using: &random) ?? 0
                let count = [0, 1, 3, 125, 126, 300].randomElement(using: &random) ?? 0
                bytes += NaiveFrame(
                    isFinal: Int.random(in: 0..<4, using: &random) > 0, opcode: opcode, payload: Self.payload(count)
                ).bytes(key: key)
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let sender: WebSocketSide = Int.random(in: 0..<8, using: &random) > 0 && key != nil ? .client : .server
            let sizes = (0..<4).map { _ in Int.random(in: 1...200, using: &random) }
            let pieces = Self.read(bytes, from: sender, pieces: sizes)
            let whole = Self.read(bytes, from: sender, pieces: [bytes.count])
            #expect(pieces.payload == whole.payload)
            #expect(pieces.end == whole.end)
            #expect(whole.payload.count <= bytes.count)
        }
    }
}
