import TestSupport
import Testing

@testable import RMBT

@Suite(.onlyComputes) struct ChunkReaderTests {
    private func read(_ bytes: some Collection<UInt8>, with reader: inout ChunkReader) -> ChunkReader.Progress {
        Array(bytes).withUnsafeBytes { reader.read($0) }
    }

    private func stream(_ size: Int, chunks: Int) -> [UInt8] {
        (0..<chunks).flatMap { chunk in
            [UInt8](repeating: 7, count: size - 1) + [chunk == chunks - 1 ? 0xFF : 0]
        }
    }

    @Test(arguments: [(1, 1), (1, 5), (2, 3), (3, 4), (16, 1), (16, 4)])
    func `a stream cut at every byte ends at the same place`(size: Int, chunks: Int) {
        let bytes = stream(size, chunks: chunks)
        for cut in 0..<bytes.count {
            var reader = ChunkReader(chunkSize: size)
            #expect(read(bytes[..<cut], with: &reader) == .more)
            #expect(reader.bytes == Int64(cut))
            #expect(reader.chunks == cut / size)
            #expect(read(bytes[cut...] + [65, 66], with: &reader) == .ended(consumed: bytes.count - cut))
            #expect(reader.bytes == Int64(bytes.count))
            #expect(reader.chunks == chunks)
        }
    }

    @Test func `a stream read byte by byte ends with its last byte`() {
        let bytes = stream(5, chunks: 3)
        var reader = ChunkReader(chunkSize: 5)
        for byte in bytes.dropLast() { #expect(read([byte], with: &reader) == .more) }
        #expect(read([0xFF], with: &reader) == .ended(consumed: 1))
    }

    @Test func `only the last byte of a chunk counts`() {
        var reader = ChunkReader(chunkSize: 4)
        #expect(read([0xFF, 0xFF, 0xFF, 0, 1, 2, 3], with: &reader) == .more)
        #expect(read([0xFF], with: &reader) == .ended(consumed: 1))
    }

    @Test func `a last byte that is neither 0 nor 255 is told`() {
        for byte in UInt8(1)...0xFE {
            var reader = ChunkReader(chunkSize: 3)
            #expect(read([1, 2, 0, 1, 2, byte, 9], with: &reader) == .invalid(byte))
        }
    }

    @Test func `an empty piece changes nothing`() {
        var reader = ChunkReader(chunkSize: 1)
        #expect(read([], with: &reader) == .more)
        #expect(reader == ChunkReader(chunkSize: 1))
    }

    @Test(arguments: [0, -1, Int.min])
    func `a size that no chunk has is taken as one byte`(size: Int) {
        var reader = ChunkReader(chunkSize: size)
        #expect(read([0, 0xFF, 0], with: &reader) == .ended(consumed: 2))
    }

    @Test func `a chunk as large as can be said does not overflow`() {
        var reader = ChunkReader(chunkSize: .max)
        for _ in 0..<100 { #expect(read([1, 2, 3], with: &reader) == .more) }
        #expect(reader.bytes == 300)
    }

    @Test func `bytes that went by unseen count, and never the last one of a chunk`() {
        var reader = ChunkReader(chunkSize: 10)
        #expect(reader.skippable == 9)
        reader.skip(4)
        #expect(reader.skippable == 5)
        #expect(read([1, 2], with: &reader) == .more)
        reader.skip(100)
        #expect(reader.skippable == 0)
        #expect(reader.bytes == 9)
        #expect(read([0], with: &reader) == .more)
        reader.skip(-1)
        reader.skip(9)
        #expect(read([0xFF, 7], with: &reader) == .ended(consumed: 1))
        #expect(reader.bytes == 20)
        #expect(reader.chunks == 2)
    }
}
