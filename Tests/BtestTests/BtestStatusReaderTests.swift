import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestStatusReaderTests {
    private let statuses = (1...3).map { BtestStatus(cpuPercent: 5, sequence: $0, bytesReceived: $0 * 1500) }

    @Test(arguments: 1...36)
    func `statuses are found however they are cut`(piece: Int) {
        let wire = statuses.flatMap(\.encoded)
        var reader = BtestStatusReader()
        var found: [BtestStatus] = []
        for start in stride(from: 0, to: wire.count, by: piece) {
            found += reader.received(wire[start..<min(start + piece, wire.count)])
        }
        #expect(found == statuses)
    }

    @Test func `bytes that are no status are skipped`() {
        var reader = BtestStatusReader()
        let noise = [UInt8](repeating: 0, count: 100) + [7, 1, 2, 3]
        #expect(reader.received(noise + statuses[0].encoded) == [statuses[0]])
    }
}
