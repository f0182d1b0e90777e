import Glibc
import Sockets

/// Lets a fast stream wake its reader less often: once so much has come as arrives within some 100 us.
///
/// A reader that is woken for every segment costs its sender more than the reading: twice the throughput lies between the two on one
/// machine. A slow stream wakes its reader at each arrival, and no byte waits for more than ``longestWait``.
struct ReadWakeUp {
    private let socket: SocketDescriptor
    private var lowWater = 1
    private var spanStart: Int64 = 0
    private var spanBytes = 0

    /// Of arrivals, in nanoseconds.
    private static let horizon = 100_000.0
    private static let largest = 1 << 18
    /// Below this a wake-up for each arrival costs little.
    private static let smallest = 1 << 14
    private static let span: Int64 = 5_000_000
    private static let longestWait: Int64 = 2_000_000

    init(socket: SocketDescriptor) {
        self.socket = socket
    }

    /// Notes a read, and follows the rate.
    mutating func received(_ bytes: Int, at now: Int64) {
        spanBytes += bytes
        let elapsed = now - spanStart
        guard elapsed >= Self.span else { return }
        let arriving = Double(spanBytes) / Double(elapsed) * Self.horizon
        (spanStart, spanBytes) = (now, 0)
        let wanted = arriving < Double(Self.smallest) ? 1 : Swift.min(Int(arriving), Self.largest)
        guard wanted > lowWater * 2 || wanted * 2 < lowWater || (wanted == Self.largest && lowWater != wanted) else {
            return
        }
        set(wanted)
    }

    /// Notes that a wait ended by its time and nothing was there: the next arrival wakes the reader, whatever its size.
    mutating func fellSilent() {
        if lowWater > 1 { set(1) }
    }

    private mutating func set(_ bytes: Int) {
        lowWater = bytes
        var value = CInt(truncatingIfNeeded: bytes)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVLOWAT, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Until when a wait for more may last, where less than the low-water mark may be all that comes.
    func latest(after now: Int64) -> Int64 { lowWater > 1 ? now + Self.longestWait : .max }
}
