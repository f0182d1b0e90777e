import TestSupport
import Testing
import Transfer

@testable import Btest

/// Ten seconds of datagrams, as counts that no socket made.
@Suite(.onlyComputes) struct DatagramEvaluationTests {
    private static let second: Int64 = 1_000_000_000
    private static let size = DatagramSize(packet: 1500, isIPv6: false)

    /// A thousand packets a second, of which the server reports 990.
    ///
    /// - Parameters:
    ///   - statuses: how many come, one a second.
    ///   - data: for how many seconds the download's data comes.
    private func evaluate(_ direction: BtestCommand.Direction, statuses: Int64, data: Int64 = 10) -> BtestMeasurement {
        var reports = DatagramReports(size: Self.size, cap: nil)
        for second in 0..<statuses {
            reports.received(
                BtestStatus(cpuPercent: 10, sequence: UInt32(second + 1), bytesReceived: 990 * 1472),
                at: (second + 1) * Self.second, sent: (second + 1) * 1_500_000)
        }
        func count(seconds: Int64) -> DatagramCount {
            var count = DatagramCount(end: .deadline, endedAt: 10 * Self.second)
            count.tuples = (0...seconds * 10).map {
                TransferTuple(nanoseconds: $0 * Self.second / 10, bytes: $0 * 150_000)
            }
            count.bytes = seconds * 1_500_000
            count.packets.received = seconds * 1000
            return count
        }
        return BtestDatagramEvaluation(
            direction: direction, length: 10 * Self.second, size: Self.size,
            received: direction.includesDownload ? [count(seconds: data)] : [],
            sent: direction.includesUpload ? [count(seconds: 10)] : [], server: "192.0.2.1:2001"
        ).measurement(reports: reports, brokenAt: nil)
    }

    @Test(arguments: BtestCommand.Direction.allCases)
    func `a server that is heard to the end is no failure`(direction: BtestCommand.Direction) {
        #expect(evaluate(direction, statuses: 9).error == nil)
        #expect(evaluate(direction, statuses: 7).error == nil)
    }

    @Test func `a server that falls silent without closing is gone, and what was counted is kept`() {
        let upload = evaluate(.upload, statuses: 4)
        #expect(upload.error == .vanished(after: 4, of: 10))
        let reported: Int64 = 4 * 990 * 1500
        #expect(upload.upload?.bytes == reported)
        let both = evaluate(.both, statuses: 4, data: 5)
        #expect(both.error == .vanished(after: 5, of: 10))
        #expect(both.download?.bytes == 7_500_000)
        #expect(evaluate(.download, statuses: 4, data: 3).error == .vanished(after: 4, of: 10))
    }

    @Test func `a server that was cut off before its first status came is gone, too`() {
        #expect(evaluate(.both, statuses: 0, data: 2).error == .vanished(after: 2, of: 10))
        // A server that never told of an upload did not say that nothing arrived.
        #expect(evaluate(.both, statuses: 0, data: 9).error == .noReports)
        #expect(evaluate(.upload, statuses: 0).error == .noReports)
    }

    @Test func `one sign of life is enough, and a server without statuses gives only one`() {
        #expect(evaluate(.download, statuses: 3, data: 10).error == nil)
        #expect(evaluate(.download, statuses: 9, data: 3).error == nil)
        #expect(evaluate(.download, statuses: 0, data: 3).error == nil)
        #expect(evaluate(.download, statuses: 9, data: 3).stalled)
    }
}
