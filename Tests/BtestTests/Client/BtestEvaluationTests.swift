import TestSupport
import Testing
import Transfer

@testable import Btest

/// Ten seconds of data, as counts that no socket made.
@Suite(.onlyComputes) struct BtestEvaluationTests {
    private static let second: Int64 = 1_000_000_000
    private static let length = 10 * second

    /// So many bytes each 100 ms, from one instant to another.
    private func steady(
        _ bytes: Int64 = 100_000, from start: Int64 = 0, to last: Int64 = length, end: TransferEnd = .deadline,
        endedAt: Int64 = length, writes: Int64 = 0
    ) -> StreamCount {
        let tuples = stride(from: start, through: last, by: 100_000_000).enumerated().map { index, instant in
            TransferTuple(nanoseconds: instant, bytes: Int64(index) * bytes)
        }
        return StreamCount(
            tuples: tuples, bytes: (tuples.last?.bytes ?? 0) + writes, end: end, endedAt: endedAt)
    }

    private func evaluate(
        _ direction: BtestCommand.Direction, received: [StreamCount?] = [], sent: [StreamCount?] = [],
        statuses: [[(at: Int64, bytes: UInt32)]] = [], lastHeardAt: [Int64?] = [], length: Int64 = Self.length
    ) -> BtestMeasurement {
        let streams = (0..<max(received.count, sent.count, statuses.count)).map { index in
            var stream = BtestEvaluation.Stream(
                received: received.indices.contains(index) ? received[index] : nil,
                sent: sent.indices.contains(index) ? sent[index] : nil)
            for (number, status) in (statuses.indices.contains(index) ? statuses[index] : []).enumerated() {
                stream.statuses.received(
                    BtestStatus(cpuPercent: 40, sequence: UInt32(number + 1), bytesReceived: status.bytes),
                    at: status.at)
            }
            stream.lastHeardAt = lastHeardAt.indices.contains(index) ? lastHeardAt[index] : nil
            return stream
        }
        return BtestEvaluation(direction: direction, length: length, streams: streams, asked: streams.count)
            .measurement()
    }

    private func megabits(_ transfer: MeasuredTransfer?) -> Double? {
        (transfer?.rate?.bitsPerSecond).map { ($0 / 1e4).rounded() / 100 }
    }

    @Test func `a steady download has its rate, from its first byte on`() {
        for start in [0, 3 * Self.second] {
            let measurement = evaluate(.download, received: [steady(from: start), nil])
            #expect(megabits(measurement.download) == 8)
            #expect(measurement.upload == nil)
            #expect(measurement.error == nil)
            #expect(!measurement.stalled)
        }
    }

    @Test func `silence at the end lowers the rate and is flagged, whether the server closes then or not`() {
        for (end, endedAt) in [(TransferEnd.deadline, Self.length), (.peerClosed, Self.length - Self.second / 4)] {
            let measurement = evaluate(
                .download, received: [steady(to: 5 * Self.second, end: end, endedAt: endedAt)])
            #expect(abs((megabits(measurement.download) ?? 0) - 4) < 0.2)
            #expect(measurement.stalled)
            #expect(measurement.error == nil)
        }
    }

    @Test func `the silence after a burst belongs to a short test, too`() {
        let burst = steady(to: Self.second / 10, endedAt: Self.second)
        let measurement = evaluate(.download, received: [burst], length: Self.second)
        #expect(megabits(measurement.download) == 0.8)
        #expect(measurement.stalled)
    }

    @Test func `a server whose kernel answers no longer either is gone, and what was counted is kept`() {
        let part = steady(to: 5 * Self.second)
        let gone = evaluate(.download, received: [part, part], lastHeardAt: [5 * Self.second, 4 * Self.second])
        #expect(gone.error == .vanished(after: 5, of: 10))
        #expect(gone.download?.bytes == 10_000_000)
        #expect(evaluate(.upload, sent: [part], lastHeardAt: [5 * Self.second]).error == .vanished(after: 5, of: 10))
        // One connection that is answered, or a short silence, is enough to go on.
        #expect(evaluate(.download, received: [part, part], lastHeardAt: [5 * Self.second, nil]).error == nil)
        #expect(evaluate(.download, received: [part], lastHeardAt: [7 * Self.second]).error == nil)
    }

    @Test func `a sender whose bytes are acknowledged no longer is stalled, however often it looks`() {
        var count = steady(to: 5 * Self.second)
        let carried = count.tuples.last?.bytes ?? 0
        count.tuples += (51...100).map { TransferTuple(nanoseconds: $0 * 100_000_000, bytes: carried) }
        let measurement = evaluate(.upload, sent: [count])
        #expect(measurement.stalled)
        #expect(abs((megabits(measurement.upload) ?? 0) - 4) < 0.1)
    }

    @Test func `one burst has the test's own time as its duration`() {
        let burst = StreamCount(
            tuples: [TransferTuple(nanoseconds: 500, bytes: 1_000_000)], bytes: 1_000_000, end: .deadline,
            endedAt: Self.length)
        let measurement = evaluate(.download, received: [burst])
        #expect(megabits(measurement.download) == 0.8)
        #expect(measurement.download?.bytes == 1_000_000)
        #expect(measurement.stalled)
        #expect(measurement.error == nil)
    }

    @Test func `a connection that stays empty does not make the others' rate unknown`() {
        let idle = StreamCount(tuples: [], bytes: 0, end: .deadline, endedAt: Self.length)
        let measurement = evaluate(.download, received: [steady(), idle, steady()])
        #expect(megabits(measurement.download) == 16)
        #expect(measurement.download?.connections.count == 3)
        #expect(measurement.error == nil)
        #expect(evaluate(.download, received: [idle, idle]).error == .nothingTransferred("download"))
        #expect(evaluate(.both, received: [steady()], sent: [idle]).error == .nothingTransferred("upload"))
    }

    @Test func `a connection that ends early interrupts the test, also when others go on`() {
        let cut = steady(to: 3 * Self.second, end: .peerClosed, endedAt: 3 * Self.second)
        #expect(evaluate(.download, received: [cut]).error == .interrupted(after: 3, of: 10))
        #expect(evaluate(.download, received: [steady(), cut]).error == .interrupted(after: 3, of: 10))
        #expect(evaluate(.upload, sent: [cut]).error == .interrupted(after: 3, of: 10))
        let reset = steady(to: 3 * Self.second, end: .failed(errno: 104), endedAt: 4 * Self.second)
        let measurement = evaluate(.download, received: [reset])
        #expect(measurement.error == .interrupted(after: 4, of: 10))
        #expect(measurement.download?.bytes == 3_000_000)
        // A server that closes half a second early ended the test by its own clock.
        let punctual = steady(to: 95 * Self.second / 10, end: .peerClosed, endedAt: 95 * Self.second / 10)
        #expect(evaluate(.download, received: [punctual]).error == nil)
        let nothing = StreamCount(tuples: [], bytes: 0, end: .peerClosed, endedAt: 5)
        #expect(evaluate(.download, received: [nothing]).error == .closed(step: "data"))
    }

    @Test func `half of a short test is no server's clock`() {
        let second = Self.second
        let half = steady(to: second / 2, end: .peerClosed, endedAt: second / 2)
        #expect(evaluate(.download, received: [half], length: second).error == .interrupted(after: 0.5, of: 1))
        let punctual = steady(to: second * 9 / 10, end: .peerClosed, endedAt: second * 9 / 10)
        #expect(evaluate(.download, received: [punctual], length: second).error == nil)
    }

    @Test func `a server that ends only its statuses does not end an upload`() {
        let statuses = StreamCount(tuples: [], bytes: 0, end: .peerClosed, endedAt: 5)
        #expect(evaluate(.upload, received: [statuses], sent: [steady()]).error == nil)
        #expect(evaluate(.both, received: [statuses], sent: [steady()]).error == .interrupted(after: 5e-9, of: 10))
    }

    @Test func `what waits in this machine's buffer did not arrive`() {
        let measurement = evaluate(.upload, sent: [steady(writes: 4_000_000)])
        #expect(measurement.upload?.bytes == 10_000_000)
    }

    @Test func `statuses that agree leave the finer count, and tell the load`() {
        let agreeing = (1...9).map { (at: $0 * Self.second, bytes: UInt32(990_000)) }
        let measurement = evaluate(.upload, sent: [steady()], statuses: [agreeing])
        #expect(megabits(measurement.upload) == 8)
        #expect(measurement.remoteCPU == 0.4)
    }

    @Test func `statuses that waited behind the server's data do not say less`() {
        for delay in [Self.second, 3 * Self.second] {
            let late = (1...6).map { (at: $0 * Self.second + delay, bytes: UInt32(990_000)) }
            #expect(megabits(evaluate(.both, received: [steady()], sent: [steady()], statuses: [late]).upload) == 8)
        }
    }

    @Test func `statuses that say clearly less are believed`() {
        let less = (1...9).map { (at: $0 * Self.second, bytes: UInt32(500_000)) }
        let measurement = evaluate(.upload, sent: [steady()], statuses: [less])
        #expect(megabits(measurement.upload) == 4)
        #expect(measurement.upload?.bytes == 4_500_000)
        let none = (1...9).map { (at: $0 * Self.second, bytes: UInt32(0)) }
        #expect(evaluate(.upload, sent: [steady()], statuses: [none]).error == .nothingTransferred("upload"))
    }

    @Test func `statuses that claim more than was sent are not believed`() {
        let more = (1...9).map { (at: $0 * Self.second, bytes: UInt32.max) }
        #expect(megabits(evaluate(.upload, sent: [steady()], statuses: [more]).upload) == 8)
        // Nor do they lend another connection's missing statuses their weight.
        let less = (1...9).map { (at: $0 * Self.second, bytes: UInt32(1)) }
        #expect(megabits(evaluate(.upload, sent: [steady(), steady()], statuses: [more, less]).upload) == 16)
        #expect(megabits(evaluate(.upload, sent: [steady(), steady()], statuses: [less, []]).upload) == 16)
    }

    @Test func `of several connections statuses that lose bytes do not lower what was acknowledged`() {
        let less = (1...9).map { (at: $0 * Self.second, bytes: UInt32(150_000)) }
        let sent = [StreamCount](repeating: steady(), count: 4)
        #expect(megabits(evaluate(.upload, sent: sent, statuses: [less, less, less, less]).upload) == 32)
        #expect(megabits(evaluate(.upload, sent: sent, statuses: [less, [], [], []]).upload) == 32)
        // All of them on the first one, as RouterOS has it.
        let sum = (1...9).map { (at: $0 * Self.second, bytes: UInt32(4_000_000)) }
        #expect(megabits(evaluate(.upload, sent: sent, statuses: [sum, [], [], []]).upload) == 32)
    }

    @Test func `a gap that no buffer holds is no server that reads slowly`() {
        let bytes: Int64 = 10_000_000
        let half = (1...9).map { (at: $0 * Self.second, bytes: UInt32(50_000_000)) }
        #expect(megabits(evaluate(.upload, sent: [steady(bytes)], statuses: [half]).upload) == 800)
    }

    @Test func `without acknowledgements the server's own count counts, and never more than was sent`() {
        let blind = StreamCount(tuples: [], bytes: 10_000_000, end: .deadline, endedAt: Self.length)
        let told = (1...10).map { (at: $0 * Self.second, bytes: UInt32(900_000)) }
        #expect(evaluate(.upload, sent: [blind], statuses: [told]).upload?.bytes == 9_000_000)
        let more = (1...10).map { (at: $0 * Self.second, bytes: UInt32.max) }
        #expect(evaluate(.upload, sent: [blind], statuses: [more]).error == .nothingTransferred("upload"))
    }

    @Test func `a join that the server closed at once is no connection of the test`() {
        let closed = StreamCount(tuples: [], bytes: 0, end: .peerClosed, endedAt: Self.second / 10)
        let download = evaluate(.download, received: [steady(), closed, steady()])
        #expect(download.error == nil && download.hasFewerConnections)
        #expect(download.download?.connections.count == 2)
        #expect(megabits(download.download) == 16)
        let upload = evaluate(.upload, sent: [steady(), closed])
        #expect(upload.error == nil && upload.hasFewerConnections)
        #expect(upload.upload?.connections.count == 1)
        // Where the first one ends as well, the test is over.
        #expect(evaluate(.download, received: [closed, closed]).error == .closed(step: "data"))
        #expect(!evaluate(.download, received: [steady(), steady()]).hasFewerConnections)
    }

    @Test func `statuses whose 32 bits wrapped are not believed`() {
        // 40 Gbit/s: 5 GB a second, of which the field shows what is left above 2³².
        let bytes: Int64 = 500_000_000
        let wrapped = (1...9).map { (at: $0 * Self.second, bytes: UInt32(truncatingIfNeeded: bytes * 10)) }
        #expect(megabits(evaluate(.upload, sent: [steady(bytes)], statuses: [wrapped]).upload) == 40_000)
    }
}
