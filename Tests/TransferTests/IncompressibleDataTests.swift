import CSocket
import Testing

@testable import Transfer

@Suite struct IncompressibleDataTests {
    private func fill(_ generator: IncompressibleData, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { generator.fill($0) }
        return bytes
    }

    @Test(arguments: [0, 1, 63, 64, 65, 4096, 131_072])
    func `every length is filled and no two fills are equal`(count: Int) {
        let generator = IncompressibleData()
        let first = fill(generator, count)
        #expect(first.count == count)
        if count > 16 {
            #expect(first != fill(generator, count))
            #expect(first != fill(IncompressibleData(), count))
            #expect(first.suffix(8) != [0, 0, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test func `bytes are evenly spread and repeat no 64-byte block`() {
        let bytes = fill(IncompressibleData(), 1 << 20)
        var counts = [Int](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        // 4096 of each expected, with a standard deviation of 64: six of them.
        #expect(counts.allSatisfy { abs($0 - 4096) < 384 })
        var blocks: Set<ArraySlice<UInt8>> = []
        for start in stride(from: 0, to: bytes.count, by: 64) { blocks.insert(bytes[start..<start + 64]) }
        #expect(blocks.count == bytes.count / 64)
    }

    // MARK: Registers

    private static let seed: [UInt64] = (1...32).map { 0x9E37_79B9_7F4A_7C15 &* $0 }

    /// xorshift128+ of sixteen lanes, one word after the other.
    private func words(_ count: Int, _ state: inout [UInt64]) -> [UInt64] {
        (0..<count).map { index in
            let lane = index % 16
            var x = state[lane]
            let y = state[lane + 16]
            let sum = x &+ y
            state[lane] = y
            x ^= x << 23
            state[lane + 16] = x ^ y ^ (x >> 18) ^ (y >> 5)
            return sum
        }
    }

    private typealias Fill = (UnsafeMutablePointer<UInt64>?, UnsafeMutableRawPointer?, Int) -> Bool

    private func run(_ fill: Fill, _ length: Int) -> (bytes: [UInt8], state: [UInt64])? {
        var state = Self.seed
        // A byte more, which must stay as it was.
        var bytes = [UInt8](repeating: 0xA5, count: length + 1)
        let isDone = state.withUnsafeMutableBufferPointer { state in
            bytes.withUnsafeMutableBytes { fill(state.baseAddress, $0.baseAddress, length) }
        }
        return isDone ? (bytes, state) : nil
    }

    @Test(arguments: [0, 1, 8, 63, 64, 65, 127, 128, 129, 200, 4096, 65_537])
    func `every processor's registers give the same bytes`(length: Int) throws {
        var state = Self.seed
        let whole = (length + 127) / 128 * 16
        let expected = words(whole, &state).flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
        let baseline = try #require(run({ csocket_random_fill_in(CSOCKET_BASELINE, $0, $1, $2) == 1 }, length))
        #expect(baseline.bytes == expected.prefix(length) + [0xA5])
        #expect(baseline.state == state)
        let chosen = try #require(
            run(
                {
                    csocket_random_fill($0, $1, $2); return true
                }, length))
        #expect(chosen == baseline)
        for registers in [CSOCKET_AVX2, CSOCKET_AVX512] {
            // Where the processor has none there is nothing to compare.
            if let wide = run({ csocket_random_fill_in(registers, $0, $1, $2) == 1 }, length) {
                #expect(wide == baseline)
            }
        }
    }
}
