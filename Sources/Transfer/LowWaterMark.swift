import Glibc

/// How much must have come on a stream before its reader is woken (`SO_RCVLOWAT`): what arrives within a fraction of a millisecond.
///
/// A reader that is woken for every segment costs its sender more than the reading does. A slow stream wakes its reader at each
/// arrival. A reader that set a mark above 1 looks at the socket after ``longestWait`` by itself, since less than the mark may be all
/// that comes.
public struct LowWaterMark: Sendable, Equatable {
    /// In bytes; 1 wakes the reader at each arrival.
    public private(set) var bytes: Int
    /// How long bytes may lie on the socket uncounted, in nanoseconds.
    public let longestWait: Int64
    private let least: Int
    private let largest: Int
    private let horizon: Double
    private var spanStart: Int64 = 0
    private var spanBytes = 0

    /// Bytes per nanosecond, 1.3 Gbit/s: below this a wake-up for each arrival costs little.
    private static let leastRate = 0.16384
    private static let span: Int64 = 5_000_000

    /// - Parameters:
    ///   - least: bytes that wake the reader of the slowest stream, at least 1.
    ///   - largest: bytes that wake the reader of the fastest stream.
    ///   - horizon: of arrivals that wake the reader once, in nanoseconds.
    ///   - longestWait: in nanoseconds.
    public init(
        least: Int = 1, largest: Int = 1 << 18, horizon: Int64 = 100_000, longestWait: Int64 = 2_000_000
    ) {
        self.least = Swift.max(least, 1)
        self.largest = Swift.max(largest, self.least)
        self.horizon = Double(horizon)
        self.longestWait = longestWait
        bytes = self.least
    }

    /// Notes a read, and follows the rate.
    ///
    /// - Parameter now: an instant of ``MonotonicClock``.
    /// - Returns: whether ``bytes`` is another now.
    @discardableResult
    public mutating func received(_ count: Int, at now: Int64) -> Bool {
        spanBytes += count
        let elapsed = now - spanStart
        guard elapsed >= Self.span else { return false }
        let rate = Double(spanBytes) / Double(elapsed)
        (spanStart, spanBytes) = (now, 0)
        let wanted =
            rate < Self.leastRate ? least : Swift.max(least, Int(Swift.min(rate * horizon, Double(largest))))
        guard wanted > bytes * 2 || wanted * 2 < bytes || (wanted == largest && bytes != wanted) else { return false }
        bytes = wanted
        return true
    }

    /// Notes that a wait ended by its time and nothing was there: the next arrival wakes the reader, whatever its size.
    ///
    /// - Returns: whether ``bytes`` is another now.
    @discardableResult
    public mutating func fellSilent() -> Bool {
        guard bytes > least else { return false }
        bytes = least
        return true
    }

    /// Has the kernel report a socket as readable from so many bytes on.
    public static func set(_ bytes: Int, on socket: CInt) {
        var value = CInt(clamping: bytes)
        setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &value, socklen_t(MemoryLayout<CInt>.size))
    }
}
