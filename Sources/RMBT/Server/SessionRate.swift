import Synchronization
import Transfer

/// The limit of one direction of a session, which all its connections share, each on an event loop of its own.
///
/// Whoever has moved bytes says so and learns when it may move more: when the rate has carried what all of them moved until then. So
/// each waits behind those that moved before it, and connections that move pieces of one size get equal shares. Time is passed in;
/// nobody waits here.
final class SessionRate: Sendable {
    /// Bytes to move at a time: what the rate carries in 2 ms, within bounds that a read and a write have.
    let pieceSize: Int
    private let pacer: Mutex<Pacer>

    private static let pieceSizes = 2048.0...65_536
    /// A timer for less costs more than it brings; the pacer lets follow at once what was late.
    private static let shortestWait: Int64 = 500_000

    /// - Parameters:
    ///   - bitsPerSecond: of the chunks' bytes, without what carries them.
    ///   - now: an instant of ``MonotonicClock``, as all others.
    init(bitsPerSecond: Double, now: Int64) {
        let pacer = Pacer(bitsPerSecond: bitsPerSecond, now: now)
        let wanted = pacer.bitsPerSecond / 8 * 0.002
        pieceSize = Int(min(max(wanted, Self.pieceSizes.lowerBound), Self.pieceSizes.upperBound))
        self.pacer = Mutex(pacer)
    }

    /// A stream of chunks begins: what could have been moved before it is gone.
    func streamBegan(at now: Int64) {
        pacer.withLock { $0.forgetIdleTime(at: now) }
    }

    /// Notes what one of the connections moved.
    ///
    /// - Returns: the instant from which the same connection may move more; `now` for at once.
    func moved(_ bytes: Int, at now: Int64) -> Int64 {
        pacer.withLock { pacer in
            _ = pacer.allowance(at: now)
            pacer.sent(bytes)
            guard pacer.allowance(at: now) == 0 else { return now }
            return max(pacer.nextAllowance(), now + Self.shortestWait)
        }
    }
}
