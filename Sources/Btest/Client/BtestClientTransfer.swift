import Sockets
import Synchronization
import Transfer

/// The part of a client's test in which data flows.
struct BtestClientTransfer: Sendable {
    let configuration: BtestClient.Configuration
    let opened: BtestClient.Opened
    let stop: StopSignal
    let monitor: BtestMonitor
    /// When data may flow: the start of the test's duration.
    let origin: Int64

    /// How long a last status may be on its way after the data has stopped.
    private static let statusGrace: Int64 = 50_000_000

    /// A status may tell of a write that is not counted yet.
    private static let uncounted: Int64 = 4 << 20

    private var deadline: Int64 { origin + configuration.duration.wholeNanoseconds }

    private typealias Stream = BtestEvaluation.Stream

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
        var measurement = BtestEvaluation(
            direction: configuration.direction, length: deadline - origin, streams: streams,
            asked: configuration.connections
        ).measurement()
        measurement.authentication = opened.authentication
        measurement.localCPU = cpu.load()
        if stop.isRaised { measurement.error = .stopped }
        return measurement
    }

    private func run(connection index: Int) async -> Stream {
        opened.sockets[index].askAfterPeer()
        if configuration.direction.includesDownload, let limit = receiveLimit {
            opened.sockets[index].boundWindow(forBitsPerSecond: limit, roundTrip: opened.roundTrip)
        }
        async let received = receive(connection: index)
        async let sent = send(connection: index)
        let (count, statuses) = await received
        var stream = Stream(received: count, sent: await sent, statuses: statuses)
        let unanswered = opened.sockets[index].unansweredFor
        if unanswered > 0 { stream.lastHeardAt = MonotonicClock.now() - origin - unanswered }
        return stream
    }

    private func receive(connection index: Int) async -> (StreamCount, BtestStatusLog) {
        let direction = configuration.direction
        let surplus = index == 0 ? opened.surplus : []
        let answer = JoinAnswer(token: index == 0 ? nil : opened.token)
        let receiver = StreamReceiver(
            socket: opened.sockets[index], stop: stop, meter: monitor.download, origin: origin,
            deadline: deadline + (direction.includesUpload ? Self.statusGrace : 0),
            bitsPerSecond: direction.includesDownload ? receiveLimit : nil)
        guard direction.includesUpload else {
            var count = await DataThread.run("btest-receive", carrying: share, stop: stop) {
                receiver.counting(dropping: answer.bytes)
            }
            count.add(surplus: surplus.count)
            return (count, BtestStatusLog())
        }
        let (monitor, origin, randomData) = (monitor, origin, configuration.randomData)
        let take = { @Sendable (statuses: inout BtestStatusLog, status: BtestStatus, now: Int64) in
            monitor.remoteCPUPercent.set(Int64(status.cpuPercent))
            statuses.received(status, at: now - origin)
        }
        guard direction.includesDownload else {
            // The connection carries nothing but statuses.
            return await DataThread.run("btest-receive", carrying: 0, stop: stop) {
                var (statuses, reader, answer) = (BtestStatusLog(), BtestStatusReader(), answer)
                for status in reader.received(surplus) { take(&statuses, status, origin) }
                return receiver.inspecting { bytes, now in
                    for status in reader.received(answer.removed(from: bytes).rest) { take(&statuses, status, now) }
                    return 0
                }.map { ($0, statuses) }
            }
        }
        return await DataThread.run("btest-receive", carrying: share, stop: stop) {
            var (statuses, scanner, answer) = (BtestStatusLog(), StatusScanner(randomData: randomData), answer)
            let early = surplus.withUnsafeBytes { bytes in
                scanner.scan(bytes) { take(&statuses, $0, origin) }
            }
            return receiver.inspecting { bytes, now in
                let (rest, data) = answer.removed(from: bytes)
                let sent = monitor.upload.bytes + Self.uncounted
                return data + scanner.scan(rest, sent: sent) { take(&statuses, $0, now) }
            }.map { count in
                var count = count
                count.add(surplus: early)
                return (count, statuses)
            }
        }
    }

    /// The limit of each connection; nil without one.
    private var share: Double? { configuration.bitsPerSecond.map { $0 / Double(opened.sockets.count) } }

    private func send(connection index: Int) async -> StreamCount? {
        guard configuration.direction.includesUpload else { return nil }
        let sender = StreamSender(
            socket: opened.sockets[index], stop: stop, meter: monitor.upload, origin: origin, deadline: deadline,
            payload: configuration.randomData ? .random : .zeros, bitsPerSecond: share,
            isTwoWay: configuration.direction == .both)
        return await DataThread.run("btest-send", carrying: share, stop: stop) { sender.loop() }
    }

    /// Each connection's share of the limit, which this side holds too: not every server does what the command says, and a data cap may
    /// be at stake. An exact reader would slow down a sender that keeps to the limit by its own clock, so it has a little more; but not
    /// where the command cannot carry the limit.
    private var receiveLimit: Double? {
        guard let limit = configuration.bitsPerSecond else { return nil }
        let share = limit / Double(opened.sockets.count)
        return limit > Double(UInt32.max) ? share : share * Self.receiversMargin
    }

    private static let receiversMargin = 1.02
}
