/// What the connections of one session may move, in each direction.
struct SessionRates: Sendable {
    /// From the client.
    let received: SessionRate
    /// To the client.
    let sent: SessionRate

    /// - Parameters:
    ///   - bitsPerSecond: of each direction.
    ///   - now: an instant of ``MonotonicClock``.
    init(bitsPerSecond: Double, now: Int64) {
        received = SessionRate(bitsPerSecond: bitsPerSecond, now: now)
        sent = SessionRate(bitsPerSecond: bitsPerSecond, now: now)
    }
}
