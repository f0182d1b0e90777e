import Synchronization
import Transfer

/// The part of a client's test in which data flows.
struct BtestClientTransfer: Sendable {
    let configuration: BtestClient.Configuration
    let opened: BtestClient.Opened
    let stop: StopSignal
    let monitor: BtestMonitor

    /// How long a last status may be on its way after the data has stopped.
    private static let statusGrace: Int64 = 50_000_000
    /// Silence of this length at the end belongs into the rate.
    private static let stall: Int64 = 1_000_000_000

    private var origin: Int64 { opened.startedAt }
    private var deadline: Int64 { origin + configuration.duration.wholeNanoseconds }

    /// What one connection brought.
    private struct Stream: Sendable {
        var received: StreamCount?
        var sent: StreamCount?
        var statuses = BtestStatusLog()
    }

    func run() async -> BtestMeasurement {
        var cpu = CPUMeter()
        let streams = await withTaskGroup(of: (Int, Stream).self) { group in
            for index in opened.sockets.indices {
                group.addTask { (index, await run(connection: index)) }
            }
            var streams = [Stream](repeating: Stream(), count: opened.sockets.count)
            for await (index, stream) in group { streams[index] = stream }
            return streams
        }
        var measurement = BtestMeasurement()
        measurement.authentication = opened.authentication
        measurement.localCPU = cpu.load()
        measurement.remoteCPU = streams.lazy.compactMap(\.statuses.meanCPU).first
        if configuration.direction.includesDownload {
            measurement.download = direction(streams.compactMap(\.received))
        }
        if configuration.direction.includesUpload {
            measurement.upload = upload(streams)
        }
        measurement.stalled = [measurement.download, measurement.upload].contains { isStalled($0) }
        measurement.error = error(streams, measurement)
        return measurement
    }

    private func run(connection index: Int) async -> Stream {
        async let received = DataThread.run("btest-receive") { receive(connection: index) }
        async let sent = DataThread.run("btest-send") { send(connection: index) }
        let (count, statuses) = await received
        return Stream(received: count, sent: await sent, statuses: statuses)
    }

    private func receive(connection index: Int) -> (StreamCount, BtestStatusLog) {
        let direction = configuration.direction
        let surplus = index == 0 ? opened.surplus : []
        let receiver = StreamReceiver(
            socket: opened.sockets[index], stop: stop, meter: monitor.download, origin: origin,
            deadline: deadline + (direction.includesUpload ? Self.statusGrace : 0),
            bitsPerSecond: limitBeyondTheField)
        var statuses = BtestStatusLog()
        guard direction.includesUpload else {
            var count = receiver.count()
            count.add(surplus: surplus.count)
            return (count, statuses)
        }
        var scanner = StatusScanner(randomData: configuration.randomData && direction == .both)
        let early = surplus.withUnsafeBytes { bytes in
            scanner.scan(bytes) { statuses.received($0, at: 0) }
        }
        var count = receiver.receive { bytes, now in
            scanner.scan(bytes) { statuses.received($0, at: now - origin) }
        }
        count.add(surplus: early)
        return (count, statuses)
    }

    private func send(connection index: Int) -> StreamCount? {
        guard configuration.direction.includesUpload else { return nil }
        let share = configuration.bitsPerSecond.map { $0 / Double(opened.sockets.count) }
        return StreamSender(
            socket: opened.sockets[index], stop: stop, meter: monitor.upload, origin: origin, deadline: deadline,
            payload: configuration.randomData ? .random : .zeros, bitsPerSecond: share
        ).run()
    }

    /// The limit that the command cannot carry, each connection's share of it.
    private var limitBeyondTheField: Double? {
        guard let limit = configuration.bitsPerSecond, limit > Double(UInt32.max) else { return nil }
        return limit / Double(opened.sockets.count)
    }

    /// What arrived there, by the acknowledgements of the peer's kernel: fine in time, and true wherever the server's own
    /// statuses do not speak against it. Where they do (something on the way acknowledges for the server), they count.
    private func upload(_ streams: [Stream]) -> MeasuredTransfer {
        let sent = streams.compactMap(\.sent)
        let reported = streams.map { $0.statuses.tuplesUnwrapped(by: $0.sent?.tuples ?? []) }
        let bytesSent = sent.reduce(0) { $0 + $1.bytes }
        let lastReport = reported.compactMap { $0.last?.nanoseconds }.max() ?? 0
        let bytesReported = reported.compactMap { $0.last?.bytes }.reduce(0, +)
        let bytesAcknowledged = sent.reduce(Int64(0)) { sum, count in
            sum + (count.tuples.last { $0.nanoseconds <= lastReport }?.bytes ?? 0)
        }
        let contradicts =
            reported.allSatisfy { $0.count > 1 } && bytesReported <= bytesSent
            && Double(bytesReported) < 0.9 * Double(bytesAcknowledged)
        guard contradicts || sent.contains(where: { $0.tuples.isEmpty }) else { return direction(sent) }
        return MeasuredTransfer(connections: reported, bytes: bytesReported)
    }

    /// Counts from the first byte on, and includes a silence at the end.
    private func direction(_ counts: [StreamCount]) -> MeasuredTransfer {
        let length = deadline - origin
        let connections = counts.map { count -> [TransferTuple] in
            var tuples = count.tuples
            if let last = tuples.last, last.bytes > 0, length - last.nanoseconds > Self.stall, count.end != .peerClosed {
                tuples.append(TransferTuple(nanoseconds: length, bytes: last.bytes))
            }
            return tuples
        }
        return MeasuredTransfer(
            connections: TransferTuple.countedFromFirstByte(connections), bytes: counts.reduce(0) { $0 + $1.bytes })
    }

    private func isStalled(_ direction: MeasuredTransfer?) -> Bool {
        direction?.connections.contains { tuples in
            guard let last = tuples.last, tuples.count > 1 else { return false }
            let before = tuples[tuples.count - 2]
            return before.bytes == last.bytes && last.nanoseconds - before.nanoseconds > Self.stall
        } ?? false
    }

    private func error(_ streams: [Stream], _ measurement: BtestMeasurement) -> BtestError? {
        if stop.isRaised { return .stopped }
        let ends = streams.flatMap { [$0.received?.end, $0.sent?.end].compactMap(\.self) }
        let isBroken = ends.contains { end in
            switch end {
            case .peerClosed, .failed: true
            case .deadline, .stopped: false
            }
        }
        let carried = (measurement.download?.bytes ?? 0) + (measurement.upload?.bytes ?? 0)
        if isBroken {
            guard carried > 0 else { return .closed(step: "data") }
            let lasted = streams.flatMap { [$0.received?.tuples.last, $0.sent?.tuples.last] }
                .compactMap { $0?.nanoseconds }.max() ?? 0
            // A server that closes with the last byte, as its own clock has it, ended the test and did not break it.
            if deadline - origin - lasted > 500_000_000 {
                return .interrupted(after: Double(lasted) * 1e-9, of: configuration.duration.roundedSeconds)
            }
        }
        if let download = measurement.download, download.rate?.bytes ?? 0 <= 0 {
            return .nothingTransferred("download")
        }
        if let upload = measurement.upload, upload.rate?.bytes ?? 0 <= 0 {
            return .nothingTransferred("upload")
        }
        return nil
    }
}
