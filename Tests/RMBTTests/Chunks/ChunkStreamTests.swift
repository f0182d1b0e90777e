import TestSupport
import Testing

@testable import RMBT

/// What a thread sends: chunks of the right sizes and ends, cut anywhere, and no byte twice.
@Suite(.onlyComputes) struct ChunkStreamTests {
    /// All of a stream, taken in pieces of these sizes in turn; `now` grows by `pace` with each piece.
    private func all(_ plan: ChunkPlan, pieces: [Int], pace: Int64 = 0) -> [UInt8] {
        var stream = ChunkStream(plan)
        var bytes: [UInt8] = []
        var turn = 0
        while !stream.hasEnded {
            var piece = [UInt8](repeating: 0, count: pieces[turn % pieces.count])
            let count = piece.withUnsafeMutableBytes { stream.next(into: $0, at: Int64(turn) * pace) }
            #expect(count == piece.count || stream.hasEnded)
            bytes += piece.prefix(count)
            #expect(stream.bytes == Int64(bytes.count))
            turn += 1
        }
        var rest: [UInt8] = [0]
        #expect(rest.withUnsafeMutableBytes { stream.next(into: $0, at: 0) } == 0)
        return bytes
    }

    private func ends(of bytes: [UInt8], size: Int) -> [UInt8] {
        stride(from: size - 1, to: bytes.count, by: size).map { bytes[$0] }
    }

    @Test(arguments: [[1], [7], [4095, 1], [4096], [4097], [100, 5000, 3], [1 << 18]])
    func `chunks end as they should wherever the pieces are cut`(pieces: [Int]) {
        for (count, size) in [(1, 1), (3, 1), (1, 4096), (5, 4096), (4, 4099)] {
            let bytes = all(ChunkPlan(chunkSize: size, ending: .count(count)), pieces: pieces)
            #expect(bytes.count == count * size)
            #expect(ends(of: bytes, size: size) == [UInt8](repeating: 0, count: count - 1) + [0xFF])
        }
    }

    @Test func `the first chunk that begins after the time is the last`() {
        // Pieces of a chunk's half: a chunk begins at 0, 20, 40, ….
        let plan = ChunkPlan(chunkSize: 4096, ending: .time(50))
        let bytes = all(plan, pieces: [2048], pace: 10)
        #expect(ends(of: bytes, size: 4096) == [0, 0, 0, 0xFF])
        #expect(bytes.count == 4 * 4096)
    }

    @Test func `a stream by time ends behind its most bytes`() {
        let plan = ChunkPlan(chunkSize: 4096, ending: .time(.max), mostBytes: 10_000)
        #expect(all(plan, pieces: [1000]).count == 4 * 4096)
    }

    @Test func `two connections share no eight bytes, and neither repeats any`() {
        var words: [UInt64] = []
        for _ in 0..<2 {
            let bytes = all(ChunkPlan(chunkSize: 1 << 19, ending: .count(1)), pieces: [1 << 16])
            words += bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
        }
        #expect(words.count == 1 << 17)
        #expect(Set(words).count == words.count)
    }
}
