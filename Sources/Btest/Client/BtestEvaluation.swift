import Transfer

/// What the counts of a client's connections amount to.
struct BtestEvaluation {
    /// What one connection brought.
    struct Stream: Sendable {
        var received: StreamCount?
        /// nil where the client sends nothing.
        var sent: StreamCount?
        var statuses = BtestStatusLog()
        /// When anything came from the server's kernel for the last time, in nanoseconds since the start, where it owes an answer; else nil.
        var lastHeardAt: Int64?
    }

    let direction: BtestCommand.Direction
    /// How long data was to flow, in nanoseconds.
    let length: Int64
    /// The first connection, and those that joined and were taken.
    let streams: [Stream]
    /// How many connections were asked for.
    let asked: Int

    /// - Parameters:
    ///   - length: how long data was to flow, in nanoseconds.
    ///   - streams: the first connection, and those that joined; what the server did not take of these is left out.
    ///   - asked: how many connections were asked for.
    init(direction: BtestCommand.Direction, length: Int64, streams: [Stream], asked: Int) {
        self.direction = direction
        self.length = length
        self.asked = asked
        self.streams = streams.enumerated().filter { index, stream in
            index == 0 || !Self.isRejected(stream, direction, while: streams[0])
        }.map(\.element)
    }

    /// Within so many nanoseconds a server that does not take a join has closed it.
    private static let longestRejection: Int64 = 1_000_000_000

    /// Whether a join was closed before it carried anything, by a server that goes on with the first connection.
    private static func isRejected(
        _ stream: Stream, _ direction: BtestCommand.Direction, while first: Stream
    ) -> Bool {
        guard let brokenAt = brokenAt(stream, direction), brokenAt <= longestRejection else { return false }
        if direction.includesDownload, stream.received?.bytes ?? 0 > 0 { return false }
        return Self.brokenAt(first, direction).map { $0 > longestRejection } ?? true
    }

    /// When a connection ended by itself; nil where it did not. Where nothing is to be received, the end of the server's statuses ends
    /// nothing else.
    private static func brokenAt(_ stream: Stream, _ direction: BtestCommand.Direction) -> Int64? {
        [direction.includesDownload ? stream.received : nil, stream.sent].compactMap(\.self).filter(\.end.isBreak)
            .map(\.endedAt).min()
    }

    /// A server sends a status so often, the first after as long.
    private static let statusInterval: Int64 = 1_000_000_000
    /// Silence that is longer than this at the end belongs into the rate: shorter ones lie between the packets of a slow line.
    private static func stall(in length: Int64) -> Int64 { min(1_000_000_000, length / 5) }
    /// A server whose kernel has not answered for longer at the end is gone, or the way to it.
    static let longestSilence: Int64 = 3_000_000_000
    /// A server that closes so little before the end, as its own clock has it, ended the test and did not break it.
    static func clockTolerance(for length: Int64) -> Int64 { min(500_000_000, length / 5) }

    /// Rates, flags and error; who logged in how, and this machine's load, is for the caller to add.
    func measurement() -> BtestMeasurement {
        var measurement = BtestMeasurement()
        measurement.remoteCPU = streams.lazy.compactMap(\.statuses.meanCPU).first
        if direction.includesDownload { measurement.download = transfer(streams.compactMap(\.received)) }
        if direction.includesUpload { measurement.upload = upload() }
        measurement.stalled = [measurement.download, measurement.upload].contains { Self.isStalled($0, length: length) }
        measurement.hasFewerConnections = streams.count < asked
        measurement.error = error(measurement)
        return measurement
    }

    /// What arrived there, by the acknowledgements of the peer's kernel: fine in time, and they cannot tell of bytes that never came. Only of
    /// a single connection may the server's statuses speak against them; where there are no acknowledgements, they count if they tell no
    /// more than was sent.
    private func upload() -> MeasuredTransfer {
        let sent = streams.compactMap(\.sent)
        let reported = streams.map(\.statuses.tuples)
        let told = reported.reduce(0) { $0 + ($1.last?.bytes ?? 0) }
        let isUnseen = sent.contains { $0.tuples.isEmpty }
        let canBeTrue = told <= sent.reduce(0) { $0 + $1.bytes }
        guard statusesContradict || (isUnseen && canBeTrue && told > 0) else { return transfer(sent) }
        var transfer = MeasuredTransfer(connections: reported.filter { !$0.isEmpty }, bytes: told)
        // The first connection may tell of all of them.
        transfer.carriers = sent.count
        return transfer
    }

    /// What is acknowledged and not yet read lies in buffers, of the server or of something on the way that acknowledges for it. A gap that is
    /// larger than those cannot be explained by them: then the statuses lost bytes.
    private static let largestBuffer: Int64 = 16 << 20

    /// Whether the server says that it received clearly less than was acknowledged until its last status. More than was
    /// sent it cannot have received, and a field that may have wrapped (above 34 Gbit/s) says nothing. Nor do the statuses of several
    /// connections: some servers keep one count for all of them, and lose bytes from it.
    private var statusesContradict: Bool {
        guard streams.count == 1, let stream = streams.first else { return false }
        let reports = stream.statuses.tuples
        guard let last = reports.last, reports.count > 1, let sent = stream.sent else { return false }
        // Both ways a status waits behind the server's own data, on a slow line for seconds: so many cover so many seconds.
        let covered = min(last.nanoseconds, Int64(reports.count) * Self.statusInterval)
        let carried = sent.tuples.last { $0.nanoseconds <= covered }?.bytes ?? 0
        let mayHaveWrapped = carried / Int64(reports.count) > Int64(UInt32.max) / 2
        guard last.bytes <= sent.bytes, !mayHaveWrapped, carried - last.bytes <= Self.largestBuffer else {
            return false
        }
        return Double(last.bytes) < 0.9 * Double(carried)
    }

    private func transfer(_ counts: [StreamCount]) -> MeasuredTransfer {
        Self.transfer(counts.map { ($0.tuples, $0.endedAt) }, length: length)
    }

    /// Counts from the first byte on, and includes a silence at the end.
    ///
    /// - Parameter length: how long data was to flow, in nanoseconds.
    static func transfer(_ counts: [(tuples: [TransferTuple], endedAt: Int64)], length: Int64) -> MeasuredTransfer {
        let whole = counts.map { count -> [TransferTuple] in
            let end = min(count.endedAt, length)
            guard let last = count.tuples.last else { return [TransferTuple(nanoseconds: end, bytes: 0)] }
            guard end - last.nanoseconds > stall(in: length) else { return count.tuples }
            return count.tuples + [TransferTuple(nanoseconds: end, bytes: last.bytes)]
        }
        let counted = TransferTuple.countedFromFirstByte(whole)
        // All that came may have come at one instant: then only the test's own start gives it a duration.
        let isPlaced = InterpolatedRate(connections: counted).map { $0.bytes > 0 } ?? false
        return MeasuredTransfer(
            connections: isPlaced ? counted : whole, bytes: counts.reduce(0) { $0 + ($1.tuples.last?.bytes ?? 0) })
    }

    static func isStalled(_ transfer: MeasuredTransfer?, length: Int64) -> Bool {
        transfer?.connections.contains { tuples in
            guard let last = tuples.last, let since = tuples.first(where: { $0.bytes == last.bytes })
            else { return false }
            return last.nanoseconds - since.nanoseconds > stall(in: length)
        } ?? false
    }

    /// A length in seconds to a tenth, for sentences.
    static func tenths(of length: Int64) -> Double { (Double(length) / 1e8).rounded() / 10 }

    /// What a download may consist of without being one: an answer that came once more on each connection, and a status each second. No line
    /// that can be tested is as slow as that, 128 bit/s.
    private var strayBytes: Int64 {
        Int64(max(streams.count, 1)) * (48 + 16 * (length / 1_000_000_000))
    }

    private func error(_ measurement: BtestMeasurement) -> BtestError? {
        if let brokenAt = streams.compactMap({ Self.brokenAt($0, direction) }).min() {
            let carried = (measurement.download?.bytes ?? 0) + (measurement.upload?.bytes ?? 0)
            guard carried > 0 else { return .closed(step: "data") }
            if length - brokenAt > Self.clockTolerance(for: length) {
                return .interrupted(after: Double(brokenAt) * 1e-9, of: Self.tenths(of: length))
            }
        }
        let heardAt = streams.compactMap(\.lastHeardAt)
        if heardAt.count == streams.count, let last = heardAt.max(), length - last > Self.longestSilence {
            return .vanished(after: Double(max(last, 0)) * 1e-9, of: Self.tenths(of: length))
        }
        for (transfer, name) in [(measurement.download, "download"), (measurement.upload, "upload")] {
            if let transfer, transfer.rate?.bytes ?? 0 <= 0 { return .nothingTransferred(name) }
        }
        if let transfer = measurement.download, transfer.bytes <= strayBytes {
            return .strayBytes(direction: "download", bytes: transfer.bytes)
        }
        return nil
    }
}

extension TransferEnd {
    /// Whether the stream ended by itself, and not because this side's time was over or it was told to stop.
    fileprivate var isBreak: Bool {
        switch self {
        case .peerClosed, .failed: true
        case .deadline, .stopped, .exhausted: false
        }
    }
}
