import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct BtestStatusTests {
    @Test func `a load above 100 % counts as 100 %`() {
        #expect(BtestStatus(cpuPercent: 255, sequence: 1, bytesReceived: 0).encoded[1] == 0xE4)
        #expect(BtestStatus(decoding: [7, 0xFF] + [UInt8](repeating: 0, count: 10))?.cpuPercent == 100)
    }

    @Test(arguments: [[7, 30, 0, 0], [7, 0x80 | 30, 0, 0], [7, 30, 0xBE, 0xEF]] as [[UInt8]])
    func `live servers' forms are read, whatever their high bit and the bytes after the load`(head: [UInt8]) {
        let status = BtestStatus(decoding: head + [3, 0, 0, 0, 9, 0, 0, 0])
        #expect(status == BtestStatus(cpuPercent: 30, sequence: 3, bytesReceived: 9))
    }

    @Test func `what does not begin as a status is none`() {
        let wire = BtestStatus(cpuPercent: 1, sequence: 2, bytesReceived: 3).encoded
        #expect(BtestStatus(decoding: wire.dropLast()) == nil)
        #expect(BtestStatus(decoding: wire + [0]) == nil)
        #expect(BtestStatus(decoding: [8] + wire.dropFirst()) == nil)
        #expect(BtestStatus(decoding: [6, 0x81] + wire.dropFirst(2)) == nil)
    }

    @Test func `the first status is due after a second and each tells what came since the last`() {
        var ticker = BtestStatusTicker(origin: 5)
        func tick(_ now: Int64, _ received: Int64) -> BtestStatus? {
            let interjection = ticker.interjection(at: now, received: received)
            #expect(interjection.next > now)
            return BtestStatus(decoding: interjection.message)
        }
        #expect(tick(1_000_000_004, 7) == nil)
        let first = tick(1_000_000_005, 10)
        #expect(first?.sequence == 1)
        #expect(first?.bytesReceived == 10)
        #expect(tick(1_999_999_999, 11) == nil)
        // After a pause one status tells all of it.
        let second = tick(5_700_000_000, 100)
        #expect(second?.sequence == 2)
        #expect(second?.bytesReceived == 90)
        #expect(tick(5_800_000_000, 100) == nil)
        #expect(tick(6_000_000_005, 100)?.bytesReceived == 0)
    }

    @Test func `more than 32 bits in a second wrap and do not trap`() {
        var ticker = BtestStatusTicker(origin: 0)
        let message = ticker.interjection(at: 1_000_000_000, received: (1 << 32) + 5).message
        #expect(BtestStatus(decoding: message)?.bytesReceived == 5)
    }

    @Test func `a log adds statuses up and keeps no flood of them`() {
        var log = BtestStatusLog()
        #expect(log.meanCPU == nil)
        for index in 1...150_000 {
            log.received(
                BtestStatus(cpuPercent: index.isMultiple(of: 2) ? 100 : 0, sequence: 1, bytesReceived: .max),
                at: Int64(index))
        }
        #expect(log.tuples.count == 100_000)
        #expect(log.tuples.last?.bytes == 100_000 * Int64(UInt32.max))
        #expect(log.meanCPU == 0.5)
    }
}
