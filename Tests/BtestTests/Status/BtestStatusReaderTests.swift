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

    @Test func `each 12 bytes that begin with 07 are a status, whatever follows`() {
        let odd: [UInt8] = [7, 0, 0xBE, 0xEF, 9, 9, 9, 9, 7, 7, 7, 7]
        var reader = BtestStatusReader()
        #expect(reader.received(odd + odd).map(\.bytesReceived) == [0x0707_0707, 0x0707_0707])
    }

    @Test func `a reader out of step does not take a 07 inside a status for its beginning`() {
        let told = BtestStatus(cpuPercent: 5, sequence: 2, bytesReceived: 0x0707_0707)
        var reader = BtestStatusReader()
        let wire = statuses[0].encoded + [1] + told.encoded.dropFirst(3) + told.encoded + statuses[2].encoded
        #expect(reader.received(wire) == [statuses[0], told, statuses[2]])
    }

    @Test func `numbers that begin anew are followed after a while`() {
        var reader = BtestStatusReader()
        let late = BtestStatus(cpuPercent: 5, sequence: 1_000_000, bytesReceived: 1)
        let wire = [9] + [[UInt8]](repeating: late.encoded, count: 30).flatMap(\.self)
        #expect(reader.received(wire).count > 5)
    }

    @Test func `bytes that are no status are skipped`() {
        var reader = BtestStatusReader()
        let noise = [UInt8](repeating: 0, count: 100) + [7, 1, 2, 3]
        #expect(reader.received(noise + statuses[0].encoded) == [statuses[0]])
    }
}
