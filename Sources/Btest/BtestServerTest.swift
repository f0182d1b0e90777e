import Logging
import Transfer

/// One admitted test of a server: its data, until the client leaves or a limit ends it.
struct BtestServerTest: Sendable {
    let ticket: BtestAdmissionDesk.Ticket

    /// What the server itself counted.
    struct Count: Sendable {
        var received: Int64 = 0
        var sent: Int64 = 0
        var seconds = 0.0
    }

    var metadata: Logger.Metadata {
        [
            "test": "\(ticket.number)", "peer": "\(ticket.host)", "user": "\(ticket.userName ?? "-")",
            "direction": "\(ticket.command.direction)", "connections": "\(max(ticket.command.connectionCount, 1))",
        ]
    }

    /// Waits for the test's connections and runs it. It ends when the client closes, when its time is over or when the
    /// task is cancelled.
    func run(_ configuration: BtestServer.Configuration, gathering desk: BtestAdmissionDesk) async -> Count {
        let stop = StopSignal()
        return await withTaskCancellationHandler {
            let sockets = await DataThread.run("btest-gather") { desk.gather(ticket) }
            let origin = MonotonicClock.now()
            let deadline = origin + configuration.maxDuration.wholeNanoseconds
            let limit = [
                ticket.command.remoteTransmitSpeed > 0 ? Double(ticket.command.remoteTransmitSpeed) : nil,
                configuration.maxBitsPerSecond,
            ].compactMap(\.self).min()
            var count = await withTaskGroup(of: Count.self) { group in
                for socket in sockets {
                    let connection = Connection(
                        socket: socket, command: ticket.command, stop: stop, origin: origin, deadline: deadline,
                        bitsPerSecond: limit.map { $0 / Double(sockets.count) },
                        receiveLimit: configuration.maxBitsPerSecond.map { $0 / Double(sockets.count) })
                    group.addTask { await connection.run() }
                }
                return await group.reduce(into: Count()) {
                    $0.received += $1.received
                    $0.sent += $1.sent
                }
            }
            count.seconds = Double(MonotonicClock.now() - origin) * 1e-9
            return count
        } onCancel: {
            stop.raise()
        }
    }

    /// One TCP connection of the test.
    private struct Connection: Sendable {
        let socket: SocketDescriptor
        let command: BtestCommand
        let stop: StopSignal
        let origin: Int64
        let deadline: Int64
        let bitsPerSecond: Double?
        let receiveLimit: Double?

        func run() async -> Count {
            let received = ByteMeter()
            async let receiving = DataThread.run("btest-receive") { receive(received) }
            async let sending = DataThread.run("btest-send") { send(received) }
            return await Count(received: receiving, sent: sending)
        }

        /// Counts what the client sends. Where it should send nothing, the same loop notices that it left.
        private func receive(_ meter: ByteMeter) -> Int64 {
            defer { stop.raise() }
            return StreamReceiver(
                socket: socket, stop: stop, meter: meter, origin: origin, deadline: deadline,
                bitsPerSecond: receiveLimit
            ).count().bytes
        }

        /// Sends data where the client asked for it, and a status each second while the client sends.
        private func send(_ received: ByteMeter) -> Int64 {
            defer { stop.raise() }
            let payload: StreamSender.Payload =
                command.direction.includesDownload ? (command.randomData ? .random : .zeros) : .nothing
            let sender = StreamSender(
                socket: socket, stop: stop, meter: ByteMeter(), origin: origin, deadline: deadline, payload: payload,
                bitsPerSecond: payload == .nothing ? nil : bitsPerSecond)
            guard command.direction.includesUpload else { return sender.run().bytes }
            var ticker = BtestStatusTicker(origin: origin)
            return sender.run { ticker.interjection(at: $0, received: received.bytes) }.bytes
        }
    }
}
