import Sockets
import Transfer

/// What the counts of a client's UDP test amount to. All bytes count the headers, as RouterOS's do.
struct BtestDatagramEvaluation {
    let direction: BtestCommand.Direction
    /// How long data was to flow, in nanoseconds.
    let length: Int64
    let size: DatagramSize
    /// One for each source port; none where the direction was not asked for.
    let received: [DatagramCount]
    let sent: [DatagramCount]
    let server: String

    /// Rates, loss, flags and error; who logged in how, and this machine's load, is for the caller to add.
    ///
    /// - Parameter brokenAt: when the control connection ended by itself, in nanoseconds since the start; else nil.
    func measurement(reports: DatagramReports, brokenAt: Int64?) -> BtestMeasurement {
        var measurement = BtestMeasurement()
        measurement.remoteCPU = reports.log.meanCPU
        if direction.includesDownload { measurement.download = download() }
        if direction.includesUpload { measurement.upload = upload(reports) }
        measurement.stalled = [measurement.download, measurement.upload].contains {
            BtestEvaluation.isStalled($0, length: length)
        }
        measurement.error = error(measurement, reports, brokenAt)
        return measurement
    }

    private func download() -> MeasuredTransfer {
        var transfer = BtestEvaluation.transfer(received.map { ($0.tuples, $0.endedAt) }, length: length)
        transfer.packets = received.reduce(PacketCount()) { $0 + $1.packets }
        transfer.seesOrder = true
        return transfer
    }

    /// What arrived there, by the server's statuses: nobody else knows. Between the first and the last of them while data flowed, as each
    /// covers about a second; a test too short for two is its total over the time in which this side sent, as far as the last of them tells.
    private func upload(_ reports: DatagramReports) -> MeasuredTransfer {
        let tuples = Self.undelayed(reports.tuples)
        let total = tuples.last?.bytes ?? 0
        let sendingEnd = sent.map(\.endedAt).max() ?? length
        let flowing = tuples.filter { $0.nanoseconds <= sendingEnd + BtestClientDatagrams.settlingTime }
        var connections = TransferTuple.countedFromFirstByte([flowing])
        let told = max(min(sendingEnd, tuples.last?.nanoseconds ?? sendingEnd), 1)
        if InterpolatedRate(connections: connections) == nil {
            connections = [[TransferTuple(nanoseconds: told, bytes: total)]]
        }
        var transfer = MeasuredTransfer(connections: connections, bytes: total, packets: loss(reports, sendingEnd))
        // The bytes are also those of before the first status, and of all ports.
        transfer.span = told
        transfer.carriers = sent.count
        return transfer
    }

    /// Puts each status at the latest instant at which it can have been sent. Statuses are a second apart, so one that waited on a full link
    /// is told by those behind it: what stands at its arrival would make the seconds after it too short.
    static func undelayed(_ tuples: [TransferTuple]) -> [TransferTuple] {
        let second = BtestStatusTicker.interval
        let gaps = zip(tuples.dropFirst(), tuples).map { $0.nanoseconds - $1.nanoseconds }
        // A peer that sends them more often never leaves a second between two.
        guard let longest = gaps.max(), longest >= second * 9 / 10 else { return tuples }
        var result = tuples
        var latest = Int64.max
        for index in tuples.indices.reversed() {
            let bound = latest == .max ? .max : latest - second
            let arrival = tuples[index].nanoseconds
            // A few milliseconds are the clocks' and not the way's.
            latest = arrival - bound > second / 20 ? max(bound, 0) : arrival
            result[index] = TransferTuple(nanoseconds: latest, bytes: tuples[index].bytes)
        }
        // The last ones have none behind them. Those before them tell when they were due; a whole second more is a pause of the peer.
        for index in result.indices.dropFirst() {
            let due = result[max(index - 3, 0)..<index].enumerated().map { place, tuple in
                tuple.nanoseconds + Int64(min(index, 3) - place) * second
            }.min()
            guard let due, case let late = result[index].nanoseconds - due, late > second / 20, late < second * 9 / 10
            else { continue }
            result[index] = TransferTuple(nanoseconds: due, bytes: result[index].bytes)
        }
        return result
    }

    /// Known only when a status came after the last datagram had had its time.
    private func loss(_ reports: DatagramReports, _ sendingEnd: Int64) -> PacketCount? {
        guard let last = reports.log.tuples.last,
            last.nanoseconds >= sendingEnd + BtestClientDatagrams.settlingTime
        else { return nil }
        let sentPackets = sent.reduce(0) { $0 + $1.packets.received }
        let arrived = min(reports.datagrams, sentPackets)
        return PacketCount(received: arrived, lost: sentPackets - arrived)
    }

    private func error(_ measurement: BtestMeasurement, _ reports: DatagramReports, _ brokenAt: Int64?) -> BtestError? {
        if let brokenAt {
            let carried = (measurement.download?.bytes ?? 0) + (measurement.upload?.bytes ?? 0)
            guard carried > 0 else { return .closed(step: "data") }
            if length - brokenAt > BtestEvaluation.clockTolerance(for: length) {
                return .interrupted(after: Double(brokenAt) * 1e-9, of: BtestEvaluation.tenths(of: length))
            }
        }
        for count in sent + received {
            if case .failed(let errno) = count.end, count.bytes == 0 {
                return .local(DatagramSocket.Failure(errno: errno).words)
            }
        }
        if let heardAt = lastHeard(reports), length - heardAt > BtestEvaluation.longestSilence {
            return .vanished(after: Double(heardAt) * 1e-9, of: BtestEvaluation.tenths(of: length))
        }
        for (transfer, name) in [(measurement.download, "download"), (measurement.upload, "upload")] {
            guard let transfer, transfer.rate?.bytes ?? 0 <= 0 else { continue }
            // That nothing arrived at the server only its statuses can say.
            guard name == "download" || !reports.log.tuples.isEmpty else { return .noReports }
            return .noDatagrams(direction: name, server: server)
        }
        return nil
    }

    /// When the last status or datagram came, in nanoseconds since the start; nil where silence says nothing. A server that sent statuses goes
    /// on to, each second, whatever becomes of the data; and it has to where it receives, though the first of them may wait on a full link.
    private func lastHeard(_ reports: DatagramReports) -> Int64? {
        let dataAt = received.compactMap(\.tuples.last).filter { $0.bytes > 0 }.map(\.nanoseconds).max()
        let statusAt = reports.log.tuples.last?.nanoseconds
        // Nothing at all is for the error that says so.
        guard statusAt != nil || (direction.includesUpload && dataAt != nil) else { return nil }
        return [dataAt, statusAt].compactMap(\.self).max()
    }
}
