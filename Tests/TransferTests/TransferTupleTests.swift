import Testing

@testable import Transfer

@Suite struct TransferTupleTests {
    private typealias Pair = (Int64, Int64)

    private func counted(_ connections: [[Pair]]) -> [[[Int64]]] {
        TransferTuple.countedFromFirstByte(
            connections.map { $0.map { TransferTuple(nanoseconds: $0.0, bytes: $0.1) } }
        ).map { $0.map { [$0.nanoseconds, $0.bytes] } }
    }

    @Test func `time before the first byte and that byte's own read do not count`() {
        #expect(counted([[(100, 10), (200, 30), (300, 60)]]) == [[[100, 20], [200, 50]]])
        #expect(counted([[(50, 0), (100, 10), (200, 30)]]) == [[[100, 20]]])
    }

    @Test func `all connections count from the first byte of any`() {
        #expect(counted([[(100, 10), (200, 30)], [(150, 5), (250, 8)]]) == [[[100, 20]], [[50, 5], [150, 8]]])
        #expect(counted([[(150, 5), (250, 8)], [(50, 0), (100, 10)]]) == [[[50, 5], [150, 8]], []])
        #expect(counted([[(100, 10), (200, 30)], [(100, 7), (200, 9)]]) == [[[100, 20]], [[100, 2]]])
    }

    @Test func `where nothing came nothing counts`() {
        #expect(counted([]) == [])
        #expect(counted([[]]) == [[]])
        #expect(counted([[], [(100, 0), (200, 0)]]) == [[], []])
        #expect(counted([[], [(100, 1), (200, 2)]]) == [[], [[100, 1]]])
    }

    @Test func `bytes read before the count began come first`() {
        var count = StreamCount(
            tuples: [TransferTuple(nanoseconds: 10, bytes: 5)], bytes: 5, end: .deadline, endedAt: 20)
        count.add(surplus: 0)
        #expect(count.tuples.count == 1)
        count.add(surplus: 3)
        #expect(count.bytes == 8)
        #expect(count.tuples == [TransferTuple(nanoseconds: 0, bytes: 3), TransferTuple(nanoseconds: 10, bytes: 8)])
    }
}
