import TestSupport
import Testing
import Transfer

@testable import Btest

@Suite(.onlyComputes) struct DatagramReportsTests {
    private static let size = DatagramSize(packet: 1500, isIPv6: false)

    private func status(_ sequence: UInt32, _ bytes: Int64) -> BtestStatus {
        BtestStatus(cpuPercent: 10, sequence: sequence, bytesReceived: UInt32(truncatingIfNeeded: bytes))
    }

    @Test(arguments: [1500, 1472])
    func `a peer's count is understood with and without headers`(counted: Int64) {
        var reports = DatagramReports(size: Self.size, cap: nil)
        for second: Int64 in 1...3 {
            // 1000 datagrams a second, of which 7 are lost each time.
            reports.received(
                status(UInt32(second), 993 * counted), at: second * 1_000_000_000, sent: second * 1000 * 1500)
        }
        #expect(reports.datagrams == 2979)
        let expected: [Int64] = [1_489_500, 2_979_000, 4_468_500]
        #expect(reports.tuples.map(\.bytes) == expected)
        // So little loss needs no lower rate.
        #expect(reports.limit == 30e9)
    }

    @Test func `a count that wrapped above 34 Gbit/s is put right once the way has shown that it carries so much`() {
        var reports = DatagramReports(size: Self.size, cap: nil)
        let first: Int64 = 3_600_000_000
        let then: Int64 = 6_000_000_000
        reports.received(status(1, first - 15_000), at: 1_000_000_000, sent: first)
        #expect(abs(reports.limit - (28.8e9 + 24e9)) < 1e6)
        reports.received(status(2, then - 15_000), at: 2_000_000_000, sent: first + then)
        #expect(reports.tuples.last?.bytes == first + then - 30_000)
        #expect(abs(reports.limit - (48e9 + 24e9)) < 1e6)
        // Of what was sent beyond what the receiver keeps up with, 2 GB are lost.
        reports.received(status(3, 7_000_000_500), at: 3_000_000_000, sent: first + then + 9_000_000_000)
        #expect(reports.tuples.last?.bytes == first + then - 30_000 + 7_000_000_500)
        // A way that is cut brings nothing, and not 2³² bytes.
        reports.received(status(4, 0), at: 4_000_000_000, sent: first + then + 16_000_000_000)
        #expect(reports.tuples.last?.bytes == first + then - 30_000 + 7_000_000_500)
    }

    @Test func `more than was sent never counts as arrived`() {
        var reports = DatagramReports(size: Self.size, cap: 10e6)
        for second: Int64 in 1...3 {
            reports.received(
                status(UInt32(second), 4_294_967_295), at: second * 1_000_000_000, sent: second * 1_249_500)
        }
        let expected: [Int64] = [1_249_500, 2_499_000, 3_748_500]
        #expect(reports.tuples.map(\.bytes) == expected)
        #expect(reports.datagrams == 2499)
    }

    @Test func `a status that overtakes the sender's own count loses nothing of what it told`() {
        var reports = DatagramReports(size: Self.size, cap: nil)
        reports.received(status(1, 1_500_000), at: 1_000_000_000, sent: 1_350_000)
        reports.received(status(2, 1_500_000), at: 2_000_000_000, sent: 3_000_000)
        #expect(reports.datagrams == 2000)
    }

    @Test func `what a queue on this machine dropped does not count as arrived`() {
        var reports = DatagramReports(size: Self.size, cap: nil)
        // The sender writes into a queue that lets 50 Mbit/s through.
        for second: Int64 in 1...3 {
            reports.received(
                status(UInt32(second), 6_250_500), at: second * 1_000_000_000, sent: second * 6_000_000_000)
        }
        #expect(reports.tuples.last?.bytes == 18_751_500)
        #expect(reports.limit < 60e6)
    }

    @Test func `a flood of statuses is taken as one, and none raises the rate beyond the user's`() {
        var reports = DatagramReports(size: Self.size, cap: 5e6)
        for number: UInt32 in 1...1000 {
            reports.received(status(number, 1), at: Int64(number) * 100_000, sent: Int64(number) * 60)
        }
        #expect(reports.limit == 5e6)
        reports.received(status(1001, 4_000_000_000), at: 1_000_000_000, sent: 600_000)
        #expect(reports.limit <= 5e6)
    }

    @Test func `what went another way than now does not slow the sender down`() {
        var reports = DatagramReports(size: Self.size, cap: 10e6)
        // Half of a second went to a port that a NAT does not have.
        reports.received(status(1, 600_000), at: 1_000_000_000, sent: 1_250_000, isJudged: false)
        reports.received(status(2, 1_250_000), at: 2_000_000_000, sent: 2_500_000)
        #expect(reports.limit == 10e6)
        #expect(reports.tuples.last?.bytes == 1_849_500)
        reports.received(status(3, 600_000), at: 3_000_000_000, sent: 3_750_000)
        #expect(reports.limit < 6e6)
    }

    @Test func `a peer that reports nothing leaves the rate alone`() {
        let reports = DatagramReports(size: Self.size, cap: nil)
        #expect(reports.limit == 30e9 && reports.datagrams == 0 && reports.tuples.isEmpty)
    }

    @Test func `a status that waited on a full link does not slow the sender down`() {
        var reports = DatagramReports(size: Self.size, cap: 10e6)
        // Each tells of 1.25 MB in a second; the first comes 1.2 s late, the second right behind it.
        for (number, instant) in [2_200_000_000, 2_250_000_000, 3_000_000_000, 4_000_000_000].enumerated() {
            reports.received(
                status(UInt32(number) + 1, 1_249_500), at: Int64(instant), sent: Int64(instant) / 800)
            #expect(reports.limit == 10e6)
        }
    }
}
