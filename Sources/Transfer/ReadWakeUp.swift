import Sockets

/// Lets a fast stream wake its reader less often, by a ``LowWaterMark``: twice the throughput lies between the two on one machine.
struct ReadWakeUp {
    private let socket: SocketDescriptor
    private var mark = LowWaterMark()

    init(socket: SocketDescriptor) {
        self.socket = socket
    }

    /// Notes a read, and follows the rate.
    mutating func received(_ bytes: Int, at now: Int64) {
        if mark.received(bytes, at: now) { LowWaterMark.set(mark.bytes, on: socket.number) }
    }

    /// Notes that a wait ended by its time and nothing was there.
    mutating func fellSilent() {
        if mark.fellSilent() { LowWaterMark.set(mark.bytes, on: socket.number) }
    }

    /// Until when a wait for more may last, where less than the low-water mark may be all that comes.
    func latest(after now: Int64) -> Int64 { mark.bytes > 1 ? now + mark.longestWait : .max }
}
