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
    let streams: [Stream]

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
        measurement.error = error(measurement)
        return measurement
    }

    /// What arrived there, by the acknowledgements of the peer's kernel: fine in time, and true wherever the server's
    /// own statuses do not speak against it. Where they do (something on the way acknowledges for the server), they
    /// count.
    private func upload() -> MeasuredTransfer {
        let sent = streams.compactMap(\.sent)
        guard statusesContradict || sent.contains(where: { $0.tuples.isEmpty }) else { return transfer(sent) }
        let reported = streams.map(\.statuses.tuples)
        return MeasuredTransfer(connections: reported, bytes: reported.reduce(0) { $0 + ($1.last?.bytes ?? 0) })
    }

    /// Whether the server says that it received clearly less than was acknowledged until its last status. More than was
    /// sent it cannot have received, and a field that may have wrapped (above 34 Gbit/s) says nothing.
    private var statusesContradict: Bool {
        var reported: Int64 = 0
        var acknowledged: Int64 = 0
        for stream in streams {
            let reports = stream.statuses.tuples
            guard let last = reports.last, reports.count > 1, let sent = stream.sent else { return false }
            // Both ways a status waits behind the server's own data, on a slow line for seconds: so many cover so many seconds.
            let covered = min(last.nanoseconds, Int64(reports.count) * Self.statusInterval)
            let carried = sent.tuples.last { $0.nanoseconds <= covered }?.bytes ?? 0
            let mayHaveWrapped = carried / Int64(reports.count) > Int64(UInt32.max) / 2
            guard last.bytes <= sent.bytes, !mayHaveWrapped else { return false }
            reported += last.bytes
            acknowledged += carried
        }
        return Double(reported) < 0.9 * Double(acknowledged)
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

    private func error(_ measurement: BtestMeasurement) -> BtestError? {
        // Where nothing is to be received, the end of the server's statuses ends nothing else.
        let measured = streams.flatMap { [direction.includesDownload ? $0.received : nil, $0.sent] }.compactMap(\.self)
        if let brokenAt = measured.filter(\.end.isBreak).map(\.endedAt).min() {
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
