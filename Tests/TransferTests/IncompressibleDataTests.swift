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
}
