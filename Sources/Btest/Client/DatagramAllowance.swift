import Sockets
import Synchronization
import Transfer

/// What a UDP download may bring, for a server that sends faster than it was asked to: nothing else holds it, and a data cap may be at stake.
final class DatagramAllowance: ByteAllowance {
    private let bytesPerNanosecond: Double
    private let most: Int
    private let taken = Atomic<Int>(0)
    private let stop: StopSignal

    /// A test ends early when it has taken so many times what the rate allows in all of its time.
    private static let wideMargin = 1.5
    /// From here on the rate was exceeded.
    private static let margin = 1.1
    /// Bytes that a burst may bring on top.
    private static let burst = 65_536.0

    /// - Parameters:
    ///   - bitsPerSecond: what the server was asked for, headers counted.
    ///   - nanoseconds: how long data is to flow.
    ///   - size: of the datagrams that the server was asked for.
    ///   - stop: is raised when far too much has come.
    init(bitsPerSecond: Double, nanoseconds: Int64, size: DatagramSize, stop: StopSignal) {
        // Open implementations count neither headers in the size of a packet nor in the rate: of small packets they send far more.
        let uncounted = 1 + Double(size.headers) / Double(max(size.packet, 1))
        let rate = bitsPerSecond.isNaN ? 1 : min(max(bitsPerSecond, 1), 1e15)
        bytesPerNanosecond = rate * uncounted / 8e9
        most = Int(min(bytesPerNanosecond * Double(max(nanoseconds, 0)) * Self.wideMargin + Self.burst, 1e18))
        self.stop = stop
    }

    var remaining: Int { most - taken.load(ordering: .relaxed) }

    func spend(_ bytes: Int) {
        let before = taken.add(bytes, ordering: .relaxed).oldValue
        if before < most, before + bytes >= most { stop.raise() }
    }

    /// Whether clearly more came than the rate allows in a time.
    func isExceeded(after nanoseconds: Int64) -> Bool {
        let allowed = bytesPerNanosecond * Double(max(nanoseconds, 0))
        return Double(taken.load(ordering: .relaxed)) > allowed * Self.margin + Self.burst
    }
}
