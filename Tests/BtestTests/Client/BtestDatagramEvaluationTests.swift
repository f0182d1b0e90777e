import TestSupport
import Testing
import Transfer

@testable import Btest

@Suite(.onlyComputes) struct BtestDatagramEvaluationTests {
    private static let size = DatagramSize(packet: 1500, isIPv6: false)

    /// An upload of 1000 datagrams a second, of which the server's statuses tell at these seconds.
    private func upload(
        ofTest milliseconds: Int64, ports: Int64 = 1, statuses seconds: ClosedRange<Int64>
    ) -> MeasuredTransfer? {
        let nanoseconds = milliseconds * 1_000_000
        var sent = DatagramCount(end: .deadline, endedAt: nanoseconds)
        sent.packets.received = milliseconds / ports
        var reports = DatagramReports(size: Self.size, cap: nil)
        var told: Int64 = 0
        for second in seconds {
            let arrived = min(second * 1000, milliseconds)
            reports.received(
                BtestStatus(
                    cpuPercent: 1, sequence: UInt32(second), bytesReceived: UInt32((arrived - told) * 1500)),
                at: second * 1_000_000_000, sent: arrived * 1500)
            told = arrived
        }
        return BtestDatagramEvaluation(
            direction: .upload, length: nanoseconds, size: Self.size, received: [],
            sent: [DatagramCount](repeating: sent, count: Int(ports)), server: "server"
        ).measurement(reports: reports, brokenAt: nil).upload
    }

    private func rate(ofTest milliseconds: Int64, statuses seconds: ClosedRange<Int64>) -> Double? {
        upload(ofTest: milliseconds, statuses: seconds)?.rate?.bitsPerSecond
    }

    @Test(arguments: [(200, 1...1), (1500, 1...2), (2000, 1...3), (5000, 1...6)])
    func `an upload's rate is what arrived while it flowed`(milliseconds: Int64, statuses: ClosedRange<Int64>) {
        #expect(rate(ofTest: milliseconds, statuses: statuses) == 12e6)
    }

    @Test(arguments: [(1500, 1...1), (1990, 1...1), (5000, 1...3)])
    func `a server that stops telling does not lower the rate of what it told`(
        milliseconds: Int64, statuses: ClosedRange<Int64>
    ) {
        #expect(rate(ofTest: milliseconds, statuses: statuses) == 12e6)
    }

    @Test(arguments: [(200, 1...1), (2000, 1...3), (5000, 1...3)])
    func `an upload's bytes, its duration and its ports fit together`(
        milliseconds: Int64, statuses: ClosedRange<Int64>
    ) throws {
        let transfer = try #require(upload(ofTest: milliseconds, ports: 4, statuses: statuses))
        let told = min(milliseconds, statuses.upperBound * 1000)
        #expect(transfer.nanoseconds == told * 1_000_000)
        #expect(transfer.bytes == told * 1500)
        #expect(transfer.flows == 4)
    }

    @Test(arguments: [
        [1000, 2000, 3000, 4000, 5000], [2200, 2250, 3000, 4000, 5000], [1000, 2900, 3000, 4700, 5000],
        [1000, 2000, 3000, 4400, 5000], [3900, 3910, 3920, 4000, 5000],
        [1000, 2000, 3000, 4700, 5300], [1000, 2000, 3000, 4000, 5800],
    ])
    func `statuses that waited on a full link count where they were sent`(arrivals: [Int64]) throws {
        let tuples = arrivals.enumerated().map {
            TransferTuple(nanoseconds: $1 * 1_000_000, bytes: Int64($0 + 1) * 1_500_000)
        }
        let undelayed = BtestDatagramEvaluation.undelayed(tuples)
        let expected = (1...5).map { TransferTuple(nanoseconds: $0 * 1_000_000_000, bytes: $0 * 1_500_000) }
        #expect(undelayed == expected)
    }

    @Test func `a pause of the peer stays one`() {
        let tuples = [1, 2, 4, 5].map { TransferTuple(nanoseconds: $0 * 1_000_000_000, bytes: $0 * 1500) }
        #expect(BtestDatagramEvaluation.undelayed(tuples) == tuples)
    }

    @Test func `statuses of a peer that sends two a second stay where they came`() {
        let tuples = (1...8).map { TransferTuple(nanoseconds: $0 * 500_000_000, bytes: $0 * 1500) }
        #expect(BtestDatagramEvaluation.undelayed(tuples) == tuples)
        #expect(BtestDatagramEvaluation.undelayed([]) == [])
    }
}
