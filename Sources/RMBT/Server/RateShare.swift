import NIOCore

/// One connection's share in the limit of its session, in one direction. Confined to its event loop.
final class RateShare {
    private let rate: SessionRate
    private var mayMoveAt = Int64.min

    init(_ rate: SessionRate) {
        self.rate = rate
    }

    /// Bytes to move at a time.
    var pieceSize: Int { rate.pieceSize }

    func streamBegan(at now: Int64) {
        rate.streamBegan(at: now)
    }

    func moved(_ bytes: Int, at now: Int64) {
        mayMoveAt = rate.moved(bytes, at: now)
    }

    /// How long to wait with more; nil when more may be moved now.
    func wait(at now: Int64) -> TimeAmount? {
        now < mayMoveAt ? .nanoseconds(mayMoveAt - now) : nil
    }
}
