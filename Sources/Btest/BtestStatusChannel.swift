import Glibc
import Transfer

/// The control connection while a UDP test runs: a status to and fro each second (docs/protocols/btest.md, Status message), and its end is the
/// test's end.
struct BtestStatusChannel {
    enum End: Equatable {
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
    func run(surplus: [UInt8], taking take: (BtestStatus, Int64) -> Bool) -> End {
        var reader = BtestStatusReader()
        var ticker = BtestStatusTicker(origin: origin)
        var buffer = [UInt8](repeating: 0, count: 512)
        var budget = Self.mostBytes
        for status in reader.received(surplus) where take(status, MonotonicClock.now()) { return .satisfied }
        while true {
            let now = MonotonicClock.now()
            if now >= deadline { return .deadline }
            let due = ticker.interjection(at: now, received: received.bytes)
            if !due.message.isEmpty {
                // A peer that does not read its statuses misses some.
                _ = due.message.withUnsafeBytes {
                    send(socket.number, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
                }
                budget = Self.mostBytes
            }
            let wake = min(ticker.next, deadline)
            let awaited = budget > 0 ? POLLIN : Self.endOfStream
            switch SocketWait.wait(for: socket.number, awaited, stop: stop, until: wake) {
            case .stopped: return .stopped
            case .timedOut: continue
            // Who floods the connection and then leaves is gone, however much of the flood is unread.
            case .ready: if budget == 0 { return .peerClosed }
            }
            let count = recv(socket.number, &buffer, min(buffer.count, budget), CInt(MSG_DONTWAIT))
            if count > 0 {
                budget -= count
                let instant = MonotonicClock.now()
                for status in reader.received(buffer.prefix(count)) where take(status, instant) { return .satisfied }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                return .peerClosed
            }
        }
    }
}
