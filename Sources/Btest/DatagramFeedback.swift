import Transfer

/// Sets a UDP sender's rate by what the far side reports to have received (docs/protocols/btest.md, Status message).
///
/// As long as little is lost the rate grows or stays free. Where more is lost the sender goes on a little above what arrived:
/// enough to keep the bottleneck full, so that the receiver goes on measuring it. Loss that does not shrink with the rate is no
/// congestion, and does not slow the sender down any further. A user's own limit always wins.
struct DatagramFeedback: Sendable {
    /// bit/s, headers counted; nil is free.
    private(set) var limit: Double?
    private let cap: Double?
    private var before: (sent: Double, received: Double)?
    /// The share that is lost at any rate, 0 … 1.
    private var inherentLoss = 0.0

    /// Beyond the inherent loss, up to this nothing is made of it.
    private static let tolerance = 0.03
    /// How far above what the link carries the sender goes on: RouterOS's manual says 110 % or more.
    private static let overload = 1.1
    /// How fast a rate grows that was too low: the known implementations' factor.
    private static let growth = 1.5
    /// So that a path that was closed for a while is found open again.
    private static let floor = 100_000.0

    init(cap: Double?) {
        self.cap = cap
        limit = cap
    }

    /// Takes a report: what was sent and what arrived of it in about a second, both in bit/s with headers.
    mutating func reported(sent: Double, received: Double) {
        defer { before = (sent, received) }
        guard sent > 0 else { return }
        let loss = max(1 - received / sent, 0)
        inherentLoss = isProportional(sent, received) ? min(loss, 0.9) : min(inherentLoss, loss)
        let carried = received / (1 - inherentLoss)
        if loss > inherentLoss + Self.tolerance {
            hold(carried * Self.overload)
        } else if let current = limit {
            hold(max(current, carried) * Self.growth)
        }
    }

    /// Whether less arrived in the same measure as less was sent: then what is lost does not depend on the rate.
    private func isProportional(_ sent: Double, _ received: Double) -> Bool {
        guard let before, before.sent > 0, before.received > 0, sent < before.sent * 0.97 else { return false }
        return received / before.received < (sent / before.sent + 1) / 2
    }

    private mutating func hold(_ rate: Double) {
        limit = min(max(rate, Self.floor), cap ?? .infinity)
    }
}
