import TestSupport
import Testing

@testable import Transfer

@Suite struct DatagramCountTests {
    private func count(_ tuples: [(Int64, Int64)], lost: Int64 = 0) -> DatagramCount {
        var count = DatagramCount(end: .deadline, endedAt: 10)
        count.tuples = tuples.map { TransferTuple(nanoseconds: $0.0, bytes: $0.1) }
        count.bytes = tuples.last?.1 ?? 0
        count.packets = PacketCount(received: 1, lost: lost)
        return count
    }

    @Test func `flows that share a socket are summed at each instant`() throws {
        let sum = try #require(
            DatagramCount.sum(of: [count([(1, 10), (3, 30)], lost: 2), count([(2, 5), (4, 6)]), count([])]))
        #expect(
            sum.tuples == [(1, 10), (2, 15), (3, 35), (4, 36)].map { TransferTuple(nanoseconds: $0.0, bytes: $0.1) })
        #expect(sum.bytes == 36)
        #expect(sum.packets == PacketCount(received: 3, lost: 2))
        #expect(DatagramCount.sum(of: []) == nil)
    }
}
