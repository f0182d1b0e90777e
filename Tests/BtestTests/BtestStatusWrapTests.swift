import Testing
import Transfer

@testable import Btest

@Suite struct BtestStatusWrapTests {
    private func log(_ received: [UInt32]) -> BtestStatusLog {
        var log = BtestStatusLog()
        for (index, bytes) in received.enumerated() {
            log.received(
                BtestStatus(cpuPercent: 0, sequence: UInt32(index + 1), bytesReceived: bytes),
                at: Int64(index + 1) * 1_000_000_000)
        }
        return log
    }

    private func acknowledged(_ perSecond: Int64, seconds: Int64) -> [TransferTuple] {
        (1...seconds * 100).map { TransferTuple(nanoseconds: $0 * 10_000_000, bytes: $0 * perSecond / 100) }
    }

    @Test(arguments: [1_000_000, 4_000_000_000, 4_400_000_000, 5_000_000_000, 13_000_000_000])
    func `a field that went round is read as what was acknowledged says`(perSecond: Int64) {
        let statuses = log([UInt32](repeating: UInt32(truncatingIfNeeded: perSecond), count: 3))
        let tuples = statuses.tuplesUnwrapped(by: acknowledged(perSecond, seconds: 3))
        #expect(tuples.map(\.bytes) == [perSecond, 2 * perSecond, 3 * perSecond])
    }

    @Test func `a status below what was acknowledged stays below, and nothing acknowledged leaves it alone`() {
        let statuses = log([500_000_000, 500_000_000])
        #expect(statuses.tuplesUnwrapped(by: acknowledged(1_000_000_000, seconds: 2)).last?.bytes == 1_000_000_000)
        #expect(statuses.tuplesUnwrapped(by: []).last?.bytes == 1_000_000_000)
    }
}
