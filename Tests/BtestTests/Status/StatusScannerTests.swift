import Sockets
import Testing
import TestSupport

@testable import Btest

@Suite(.onlyComputes) struct StatusScannerTests {
    private static func status(_ sequence: UInt32, _ bytes: UInt32 = 0x0707_8007) -> BtestStatus {
        BtestStatus(cpuPercent: 7, sequence: sequence, bytesReceived: bytes)
    }

    /// Feeds the pieces one after the other.
    private func scan(
        _ pieces: [ArraySlice<UInt8>], random: Bool = false, sent: Int64 = .max
    ) -> (statuses: [BtestStatus], data: Int) {
        var scanner = StatusScanner(randomData: random)
        var statuses: [BtestStatus] = []
        var data = 0
        for piece in pieces {
            data += Array(piece).withUnsafeBytes { bytes in scanner.scan(bytes, sent: sent) { statuses.append($0) } }
        }
        return (statuses, data)
    }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    @Test(arguments: [false, true])
    func `a status is found wherever a read cuts it`(random: Bool) {
        let expected = [Self.status(1), Self.status(2)]
        let stream = zeros(70) + expected[0].encoded + expected[1].encoded + zeros(70)
        for cut in 0...stream.count {
            let found = scan([stream[..<cut], stream[cut...]], random: random)
            #expect(found.statuses == expected)
            #expect(found.data == 140)
            for second in cut...min(cut + 14, stream.count) {
                let found = scan([stream[..<cut], stream[cut..<second], stream[second...]], random: random)
                #expect(found.statuses == expected)
                #expect(found.data == 140)
            }
        }
    }

    @Test(arguments: [false, true])
    func `statuses back to back are found byte by byte and in one piece`(random: Bool) {
        let expected = (1...40).map { Self.status($0, $0 &* 0x0780_0707) }
        let stream = expected.flatMap(\.encoded)
        for length in [1, 2, 3, 5, 7, 11, 12, 13, 64, stream.count] {
            let pieces = stride(from: 0, to: stream.count, by: length).map {
                stream[$0..<min($0 + length, stream.count)]
            }
            let found = scan(pieces, random: random)
            #expect(found.statuses == expected)
            #expect(found.data == 0)
        }
    }

    @Test func `a status at the end of the data is found and a cut one is held back`() {
        let stream = zeros(1000) + Self.status(1).encoded
        for missing in 0..<BtestStatus.length {
            let found = scan([stream.dropLast(missing)])
            #expect(found.statuses.count == (missing == 0 ? 1 : 0))
            #expect(found.data == 1000)
        }
    }

    @Test func `what only looks like a status for a while is data`() {
        let short = zeros(5) + [7] + zeros(20)
        for cut in 0...short.count { #expect(scan([short[..<cut], short[cut...]]).data == 26) }
        // In random data the sequence number decides, and where the empty bytes are not empty the count.
        let notEmpty: [UInt8] = [7, 0x85, 0, 1, 1, 0, 0, 0, 9, 9, 9, 9]
        let wrongSequence = Self.status(2).encoded
        for false_ in [notEmpty, wrongSequence] {
            let stream = [9, 9] + false_ + Self.status(1).encoded + [7, 7]
            for cut in 0...stream.count {
                let rest = ArraySlice(repeating: 9 as UInt8, count: BtestStatus.length)
                let found = scan([stream[..<cut], stream[cut...], rest], random: true, sent: 1 << 27)
                #expect(found.statuses == [Self.status(1)])
                #expect(found.data == 2 + 12 + 2 + 12)
            }
        }
    }

    @Test func `a false beginning does not hide the true status inside it`() {
        for head: [UInt8] in [[7], [7, 7], [7, 0x80, 0, 0], [7, 0x80, 0, 0, 2, 0, 0, 0], [7, 0x80, 0, 0, 7, 0x80]] {
            let stream = head + Self.status(1).encoded + zeros(12)
            for cut in 0...stream.count {
                let found = scan([stream[..<cut], stream[cut...]], random: true)
                #expect(found.statuses == [Self.status(1)])
                #expect(found.data == head.count + 12)
            }
        }
    }

    @Test func `false beginnings without end cost no depth`() async {
        // A thread's stack has half a MiB; each of these may begin a status and none is one.
        let pattern = Array(repeatElement([7, 0x80, 0, 0] as [UInt8], count: 1 << 16).joined())
        let data = await DataThread.run("scanner") {
            var scanner = StatusScanner(randomData: true)
            let first = pattern.prefix(1).withUnsafeBytes { scanner.scan($0) { _ in } }
            return first + pattern.dropFirst().withUnsafeBytes { scanner.scan($0) { _ in } }
        }
        #expect(data == pattern.count - 4)
    }

    @Test(arguments: [false, true], [1, 2, 3] as [UInt64])
    func `random streams are read as a naive reader reads them`(random: Bool, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let stream = Self.stream(&generator) + zeros(12)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = stream[...]
            let longest = Int.random(in: 1...40, using: &generator)
            while !rest.isEmpty {
                let length = min(Int.random(in: 0...longest, using: &generator), rest.count)
                pieces.append(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            let expected = Self.naive(stream, random: random)
            let found = scan(pieces, random: random)
            #expect(found.statuses == expected.statuses)
            #expect(found.data == expected.data)
        }
    }

    /// Zeros, statuses with right and wrong numbers, and bytes of which many begin a status.
    private static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
        var stream: [UInt8] = []
        var sequence: UInt32 = 1
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            switch Int.random(in: 0...3, using: &generator) {
            case 0: stream += [UInt8](repeating: 0, count: Int.random(in: 0...90, using: &generator))
            case 1:
                stream += status(sequence, UInt32.random(in: 0...UInt32.max, using: &generator)).encoded
                sequence += 1
            case 2: stream += status(UInt32.random(in: 0...3, using: &generator)).encoded.prefix(Int(sequence) + 6)
            default:
                let alphabet: [UInt8] = [0, 0, 1, 7, 7, 0x80, 0x87, 0xFF]
                for _ in 0..<Int.random(in: 0...30, using: &generator) {
                    stream.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
                }
            }
        }
        return stream
    }

    private static func naive(_ stream: [UInt8], random: Bool) -> (statuses: [BtestStatus], data: Int) {
        var statuses: [BtestStatus] = []
        // Without the statuses.
        var data: [UInt8] = []
        var next: UInt32 = 1
        var index = 0
        while index < stream.count {
            let piece = Array(stream[index...].prefix(12))
            let isAmongZeros = !random && data.suffix(12).allSatisfy { $0 == 0 }
            if let status = BtestStatus(decoding: piece) {
                let isRegular = piece[1] >= 0x80 && piece[2...3] == [0, 0]
                let load = piece[1] & 0x7F <= 100
                let numbers = isAmongZeros ? 1...next + 3600 : next...next
                let isOld =
                    piece[5...7] == [0, 0, 0] && numbers.contains(piece[1...4].reduce(0) { $0 << 8 | UInt32($1) })
                if (isAmongZeros && isRegular) || (load && numbers.contains(status.sequence)) || isOld {
                    statuses.append(status)
                    next = status.sequence &+ 1
                    index += 12
                    continue
                }
            }
            data.append(stream[index])
            index += 1
        }
        return (statuses, data.count)
    }

    @Test(arguments: [[7, 30, 0, 0], [7, 30, 0xBE, 0xEF], [7, 0, 0, 0]] as [[UInt8]], [false, true])
    func `live servers' forms are found in data, wherever a read cuts them`(head: [UInt8], random: Bool) {
        let bytes = (1...2).map { head + [UInt8($0), 0, 0, 0, 0xFF, 0xFF, 0, 0] }
        let data = random ? [UInt8](repeating: 0xA5, count: 40) : zeros(40)
        let stream = data + bytes[0] + data + bytes[1] + data
        for cut in 0...stream.count {
            let found = scan([stream[..<cut], stream[cut...]], random: random, sent: 1 << 17)
            #expect(found.statuses.map(\.sequence) == [1, 2])
            #expect(found.data == 120)
        }
        // A count that this side's own cannot bear out makes data of it.
        #expect(scan([stream[...]], random: random, sent: 1000).statuses.isEmpty)
    }

    @Test func `random data of a server that was asked for zeros hides no status and makes up none`() {
        var random = SeededGenerator(seed: 4)
        let data = (0..<1_000_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let stream = data + Self.status(1).encoded + data + Self.status(2).encoded + data
        let found = scan([stream[...]])
        #expect(found.statuses.suffix(2) == [Self.status(1), Self.status(2)])
        #expect(found.data == 3_000_000)
    }
}
