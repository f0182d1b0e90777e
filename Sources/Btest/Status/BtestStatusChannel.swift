import Glibc
import Sockets
import Transfer

/// The control connection while a UDP test runs: a status to and fro each second (docs/protocols/btest.md, Status message), and its end is the
/// test's end.
struct BtestStatusChannel: Sendable {
    enum End: Equatable, Sendable {
        case deadline, stopped, peerClosed
        /// The caller had seen enough.
        case satisfied
    }

    let socket: SocketDescriptor
    let stop: StopSignal
    /// The start of the test; the first status is due a second after it.
    let origin: Int64
    let deadline: Int64
    /// What this side has received.
    let received: ByteMeter

    /// Bytes of statuses that are read in a second: more than any honest peer sends, and a flood waits in the kernel.
    private static let mostBytes = 4096
    /// POLLRDHUP: the peer's end of the stream has come, though bytes before it wait to be read.
    private static let endOfStream: CInt = 0x2000

    /// Serves the connection until the peer ends it, the deadline, or until `take` has seen enough. Blocks its thread.
    ///
    /// - Parameters:
    ///   - surplus: what came with the handshake's last message.
    ///   - take: gets each status and the instant at which it came; true ends the channel.
    func run(surplus: [UInt8], taking take: @escaping (BtestStatus, Int64) -> Bool) -> End {
        var loop = loop(surplus: surplus, taking: take)
        return loop.run(stop: stop)
    }

    /// ``run(surplus:taking:)`` as a loop for `DataThread`.
    func loop(surplus: [UInt8], taking take: @escaping (BtestStatus, Int64) -> Bool) -> some DataLoop<End> {
        Loop(channel: self, surplus: surplus, take: take)
    }

    /// The moving parts of one run.
    private struct Loop: DataLoop {
        private let channel: BtestStatusChannel
        private let take: (BtestStatus, Int64) -> Bool
        private var surplus: [UInt8]
        private var reader = BtestStatusReader()
        private var ticker: BtestStatusTicker
        private var buffer = [UInt8](repeating: 0, count: 512)
        private var budget = BtestStatusChannel.mostBytes
        var isShared = false
        private(set) var moved: Int64 = 0

        init(channel: BtestStatusChannel, surplus: [UInt8], take: @escaping (BtestStatus, Int64) -> Bool) {
            self.channel = channel
            self.surplus = surplus
            self.take = take
            ticker = BtestStatusTicker(origin: channel.origin)
        }

        var descriptor: CInt { channel.socket.number }

        mutating func turn(_ memory: DataLoopMemory) -> DataTurn<End> {
            if !surplus.isEmpty {
                defer { surplus = [] }
                if takes(surplus, at: MonotonicClock.now()) { return .ended(.satisfied) }
            }
            if channel.stop.isRaised { return .ended(.stopped) }
            let now = MonotonicClock.now()
            if now >= channel.deadline { return .ended(.deadline) }
            sendWhatIsDue(at: now)
            let wake = min(ticker.next, channel.deadline)
            guard budget > 0 else {
                // Who floods the connection and then leaves is gone, however much of the flood is unread.
                let isOver = SocketWait.isReady(descriptor, BtestStatusChannel.endOfStream)
                return isOver ? .ended(.peerClosed) : .wait(events: BtestStatusChannel.endOfStream, until: wake)
            }
            let count = recv(descriptor, &buffer, min(buffer.count, budget), CInt(MSG_DONTWAIT))
            if count > 0 {
                budget -= count
                moved += Int64(count)
                return takes(buffer.prefix(count), at: MonotonicClock.now()) ? .ended(.satisfied) : .again
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { return .ended(.peerClosed) }
            return .wait(events: POLLIN, until: wake)
        }

        private mutating func sendWhatIsDue(at now: Int64) {
            let due = ticker.interjection(at: now, received: channel.received.bytes)
            guard !due.message.isEmpty else { return }
            // A peer that does not read its statuses misses some.
            _ = due.message.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            budget = BtestStatusChannel.mostBytes
        }

        /// Whether `take` has seen enough with these bytes.
        private mutating func takes(_ bytes: some Collection<UInt8>, at instant: Int64) -> Bool {
            for status in reader.received(bytes) where take(status, instant) { return true }
            return false
        }
    }
}
