/// Sets a UDP sender's rate by what the far side reports to have received (docs/protocols/btest.md, Status message).
///
/// As long as little is lost the rate grows or stays free. Where more is lost the sender goes on a little above what arrived:
/// enough to keep the bottleneck full, so that the receiver goes on measuring it. Loss that does not shrink with the rate is no
/// congestion, and does not slow the sender down any further. A user's own limit always wins.
struct DatagramFeedback: Sendable {
    /// bit/s, headers counted; nil is free.
    private(set) var limit: Double?
    private let cap: Double?
    /// The report that others are held against, to see what a lower rate changed.
    private var reference: (sent: Double, received: Double)?
    /// The share that is lost at any rate, 0 … 1.
    private var inherentLoss = 0.0
    private var growth = DatagramFeedback.firstGrowth
    private var silentReports = 0

    /// Beyond the inherent loss, up to this nothing is made of it.
    private static let tolerance = 0.02
    /// How far above what the link carries the sender goes on: as little as keeps the bottleneck full. RouterOS's manual says 110 % or
    /// more, known implementations take 150 %: both lose that much all the time.
    private static let overload = 1.03
    /// How fast a rate grows that was too low: slowly at first, for what was too much a second ago may be too much again.
    private static let firstGrowth = 1.05
    private static let lastGrowth = 2.0
    /// So many reports of nothing are no congestion: the way is not open yet.
    private static let toleratedSilence = 2
    /// So that a path that was closed for a while is found open again.
    private static let floor = 100_000.0

    init(cap: Double?) {
        self.cap = cap
        limit = cap
    }

    /// Takes a report: what was sent and what arrived of it in about a second, both in bit/s with headers.
    mutating func reported(sent: Double, received: Double) {
        guard sent > 0 else { return }
        silentReports = received > 0 ? 0 : silentReports + 1
        guard silentReports == 0 || silentReports > Self.toleratedSilence else { return }
        let loss = max(1 - received / sent, 0)
        inherentLoss = isProportional(sent, received) ? min(loss, 0.9) : min(inherentLoss, loss)
        let carried = received / (1 - inherentLoss)
        if loss > inherentLoss + Self.tolerance {
            hold(carried * Self.overload)
            growth = Self.firstGrowth
        } else if let current = limit {
            hold(max(current, carried) * growth)
            growth = min(growth * growth, Self.lastGrowth)
        }
    }

    /// Whether less arrived in the same measure as less was sent: then what is lost does not depend on the rate.
    private mutating func isProportional(_ sent: Double, _ received: Double) -> Bool {
        guard let old = reference, old.received > 0, sent <= old.sent, sent > old.sent / 2 else {
            reference = (sent, received)
            return false
        }
        // A smaller step than this drowns in the noise of what is under way.
        guard sent < old.sent * 0.97 else { return false }
        return received / old.received < (sent / old.sent + 1) / 2
    }

    private mutating func hold(_ rate: Double) {
        limit = min(max(rate, Self.floor), cap ?? .infinity)
    }
}
