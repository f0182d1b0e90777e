import Logging
import Sockets
import Transfer

/// One admitted test of a server: its data, until the client leaves or a limit ends it.
struct BtestServerTest: Sendable {
    let ticket: BtestAdmissionDesk.Ticket
    /// The server's socket of a UDP test; nil for TCP.
    let datagrams: DatagramSocket?

    var metadata: Logger.Metadata {
        [
            "test": .stringConvertible(ticket.number), "peer": "\(ticket.host)", "user": "\(ticket.userName ?? "-")",
            "protocol": "\(ticket.command.transport)", "direction": "\(ticket.command.direction)",
            "connections": .stringConvertible(max(ticket.command.connectionCount, 1)),
        ]
    }

    /// Waits for the test's connections and runs it. It ends when the client closes, when a limit ends it or when the
    /// task is cancelled.
    func run(
        _ configuration: BtestServer.Configuration, gathering desk: BtestAdmissionDesk
    ) async -> BtestServedTestResult {
        let ending = BtestTestEnding()
        let admittedAt = MonotonicClock.now()
        return await withTaskCancellationHandler {
            let gathered = await DataThread.run("btest-gather") { desk.gather(ticket, cancelled: ending.stop) }
            if let end = gathered.end { return givenUp(gathered, end, since: admittedAt) }
            let origin = MonotonicClock.now()
            var cpu = CPUMeter()
            let parts = parts(gathered.members, configuration, ending, origin: origin)
            let packets = await withTaskGroup(of: Void.self) { watch in
                watch.addTask { await Self.watch(parts, configuration.stallTimeout, ending) }
                defer { watch.cancelAll() }
                return await withTaskGroup(of: PacketCount?.self) { group in
                    for part in parts { group.addTask { await part.run() } }
                    return await group.compactMap(\.self).reduce(nil) { ($0 ?? PacketCount()) + $1 }
                }
            }
            let endedAt = MonotonicClock.now()
            // What came while connections were missing counts, and so does its time.
            let receivingSince = min(gathered.firstByteAt ?? origin, origin)
            let reason = ending.reason ?? .serverStopped
            return BtestServedTestResult(
                reason: reason, seconds: Double(endedAt - receivingSince) * 1e-9,
                bytesReceived: parts.reduce(0) { $0 + $1.received.bytes },
                bytesSent: parts.reduce(0) { $0 + $1.sent.bytes },
                connections: datagrams == nil ? parts.count : ticket.description.connections, cpuRatio: cpu.load(),
                lostPackets: packets?.lost,
                secondsReceiving: parts.compactMap(\.received.lastAt).max().map {
                    Double(Self.receivingEnd($0, endedAt, reason) - receivingSince) * 1e-9
                },
                secondsSending: Double(endedAt - origin) * 1e-9)
        } onCancel: {
            ending.end(.serverStopped)
        }
    }

    /// A client stays for a last status when it has sent all; a longer silence at the end belongs to the time of its bytes. Of a client that
    /// vanished nobody knows when.
    private static func receivingEnd(_ lastByteAt: Int64, _ endedAt: Int64, _ reason: BtestServedTestResult.Reason)
        -> Int64
    {
        guard reason == .clientLeft, endedAt - lastByteAt > longestStay else { return lastByteAt }
        return endedAt
    }

    private static let longestStay: Int64 = 1_500_000_000

    /// The result of a test that ended before all its connections had come.
    private func givenUp(
        _ gathered: BtestGathering.Outcome, _ reason: BtestServedTestResult.Reason, since admittedAt: Int64
    ) -> BtestServedTestResult {
        let all = gathered.members + gathered.departed
        return BtestServedTestResult(
            reason: reason, seconds: Double(MonotonicClock.now() - admittedAt) * 1e-9,
            bytesReceived: all.reduce(0) { $0 + $1.received.bytes }, bytesSent: 0, connections: all.count)
    }

    /// TCP's connections, or all of UDP in one.
    private func parts(
        _ members: [BtestGathering.Member], _ configuration: BtestServer.Configuration, _ ending: BtestTestEnding,
        origin: Int64
    ) -> [any BtestServerPart] {
        let wanted = ticket.command.remoteTransmitSpeed
        let sendLimit = [wanted > 0 ? Double(wanted) : nil, ticket.maxBitsPerSecond].compactMap(\.self).min()
        let deadline = origin + configuration.maxDuration.wholeNanoseconds
        if let datagrams {
            guard let control = members.first?.socket, let peer = PeerAddress(peerOf: control.number) else {
                ending.end(.clientLeft)
                return []
            }
            control.setUserTimeout(configuration.stallTimeout)
            return [
                BtestServerDatagrams(
                    command: ticket.command, control: control, socket: datagrams, peer: peer, grant: ticket.grant,
                    ending: ending, origin: origin, deadline: deadline, sendLimit: sendLimit,
                    receiveLimit: ticket.maxBitsPerSecond)
            ]
        }
        let count = Double(members.count)
        let meters = members.map(\.received)
        let before = meters.reduce(0) { $0 + $1.bytes }
        return members.enumerated().map { index, member in
            member.socket.setUserTimeout(configuration.stallTimeout)
            return BtestServerConnection(
                socket: member.socket, command: ticket.command, grant: ticket.grant, ending: ending, origin: origin,
                deadline: deadline, sendLimit: sendLimit.map { $0 / count },
                receiveLimit: ticket.maxBitsPerSecond.map { $0 / count }, received: member.received,
                reported: index == 0 ? meters : [], reportedBefore: before)
        }
    }

    /// Ends the test when not one byte moves any more: a client that vanished must not keep its place.
    private static func watch(
        _ parts: [any BtestServerPart], _ timeout: Duration, _ ending: BtestTestEnding
    ) async {
        var bytes: Int64 = 0
        var movedAt = MonotonicClock.now()
        let limit = timeout.wholeNanoseconds
        while !ending.stop.isRaised {
            do {
                try await Task.sleep(for: min(timeout / 4, .seconds(1)))
            } catch {
                return
            }
            let now = MonotonicClock.now()
            let moved = parts.reduce(0) { $0 + $1.received.bytes + $1.sent.bytes }
            if moved != bytes { (bytes, movedAt) = (moved, now) }
            if now - movedAt >= limit { ending.end(.stalled(seconds: Double(limit) * 1e-9)) }
        }
    }
}
