import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct PretestTests {
    @Test func `blocks double, first by number and then by size of chunk`() {
        let blocks = (0..<8).map { RMBTPretest.block($0, sizes: .standard) }
        #expect(blocks.map(\.count) == [1, 2, 4, 8, 16, 32, 64, 64])
        #expect(blocks.map(\.size) == [4096, 4096, 4096, 4096, 4096, 4096, 4096, 8192])
        #expect(RMBTPretest.block(16, sizes: .standard) == (64, 4_194_304))
        #expect(RMBTPretest.block(17, sizes: .standard) == (128, 4_194_304))
    }

    @Test(arguments: [
        ChunkSizes.standard, ChunkSizes(initial: 4096, minimum: 4096, maximum: 4096),
        ChunkSizes(initial: 4_194_304, minimum: 4_194_304, maximum: 4_194_304),
        ChunkSizes(initial: 5000, minimum: 4097, maximum: 70_001),
    ])
    func `however long a pre-test lasts, its blocks stay within a server's limits`(sizes: ChunkSizes) {
        for k in [0, 1, 6, 7, 20, 39, 40, 41, 1000, Int.max] {
            let (count, size) = RMBTPretest.block(k, sizes: sizes)
            #expect(RMBTServerSession.chunkCounts.contains(count))
            #expect((sizes.minimum...sizes.maximum).contains(size))
        }
    }

    @Test func `a chunk size is chosen so that one passes in 20 ms, within the server's limits`() {
        let sizes = ChunkSizes.standard
        #expect(sizes.adapted(to: 0) == 4096)
        #expect(sizes.adapted(to: -1) == 4096)
        #expect(sizes.adapted(to: 100_000) == 4096)
        #expect(sizes.adapted(to: 12_500_000) == 249_856)
        #expect(sizes.adapted(to: 1e9) == 4_194_304)
        #expect(sizes.adapted(to: .infinity) == 4096)
        #expect(sizes.adapted(to: .nan) == 4096)
        #expect(sizes.adapted(to: .greatestFiniteMagnitude) == 4_194_304)
        let fixed = ChunkSizes(initial: 4096, minimum: 4096, maximum: 4096)
        #expect(fixed.adapted(to: 1e9) == 4096)
    }
}
