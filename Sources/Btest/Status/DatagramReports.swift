import Transfer

/// What a UDP receiver's statuses say about the sender's datagrams, and the rate that follows from it.
///
/// Pure: instants and the sender's own count are passed in.
struct DatagramReports: Sendable {
    private let size: DatagramSize
    private var feedback: DatagramFeedback
    private var unit: StatusByteUnit
    private(set) var log = BtestStatusLog()
    /// Where the feedback's current span began.
    private var spanStart: (instant: Int64, sent: Int64)
    private var spanReported: Int64 = 0
    private var spanStatuses: Int64 = 0
    private var sentBefore: Int64 = 0
    /// What the peer told beyond what had been sent until then.
    private var unbelieved: Int64 = 0
    /// What the last judged span says that arrived, in bit/s with headers.
    private var arrived = 0.0

    /// Statuses that come closer together than this are taken as one.
    private static let shortestSpan: Int64 = 500_000_000
    /// The status field wraps here: above 34 Gbit/s within one second.
    private static let wrap = Int64(1) << 32
    /// What is sent at most while less than ``much`` arrives, in bit/s: a status that is late by 140 ms still says it all. Above it a count of
    /// 6 MB may stand for 6 MB, where a queue on this machine dropped the rest, or for 2³² bytes more.
    private static let unambiguous = 30e9
    /// From here on, in bit/s, the way is known to carry so much that a small count is one that wrapped. As much again may be sent on top
    /// of what arrived: the loss of a second stays below the wrap, and the highest count that fits is the right one.
    private static let much = 24e9

    /// - Parameter cap: the user's limit in bit/s, headers counted.
    init(size: DatagramSize, cap: Double?) {
        self.size = size
        feedback = DatagramFeedback(cap: cap)
        unit = StatusByteUnit(size: size)
        spanStart = (0, 0)
    }

    /// The limit to send by from the start, and from now on, in bit/s.
    var limit: Double {
        min(feedback.limit ?? .infinity, arrived >= Self.much ? arrived + Self.much : Self.unambiguous)
    }

    /// Takes a status.
    ///
    /// - Parameters:
    ///   - instant: nanoseconds since the start of the test.
    ///   - sent: bytes sent since then, headers counted.
    ///   - isJudged: whether the rate follows from it; false where the way of the data changed since the last one.
    mutating func received(_ status: BtestStatus, at instant: Int64, sent: Int64, isJudged: Bool = true) {
        let told = unwrapped(Int64(status.bytesReceived), sentMeanwhile: sent - sentBefore)
        sentBefore = sent
        unit.reported(told)
        let bytes = believable(told, sent: sent)
        log.received(status, bytes: bytes, at: instant)
        spanReported += bytes
        spanStatuses += 1
        let span = instant - spanStart.instant
        guard span >= Self.shortestSpan || !isJudged else { return }
        if isJudged {
            let seconds = Double(span) * 1e-9
            // A status that waited on a full link tells of its second, not of the time that it took.
            let told = Double(spanStatuses) * Double(BtestStatusTicker.interval) * 1e-9
            let received = Double(spanReported) * bytesPerReported * 8 / min(seconds, told)
            feedback.reported(sent: Double(sent - spanStart.sent) * 8 / seconds, received: received)
            arrived = received
        }
        spanStart = (instant, sent)
        spanReported = 0
        spanStatuses = 0
    }

    /// Datagrams that the peer says it has received.
    var datagrams: Int64 { (log.tuples.last?.bytes ?? 0) / Int64(unit.bytesPerDatagram) }

    /// The peer's counts as bytes with headers.
    var tuples: [TransferTuple] {
        log.tuples.map {
            TransferTuple(
                nanoseconds: $0.nanoseconds, bytes: $0.bytes / Int64(unit.bytesPerDatagram) * Int64(size.packet))
        }
    }

    private var bytesPerReported: Double { Double(size.packet) / Double(unit.bytesPerDatagram) }

    /// What of a count can be true: no more has arrived than was sent. A status may overtake the count of the batch that it tells of: the
    /// rest is believed with the next one.
    private mutating func believable(_ bytes: Int64, sent: Int64) -> Int64 {
        let before = log.tuples.last?.bytes ?? 0
        let possible = max(sent, 0) / Int64(size.packet) * Int64(unit.bytesPerDatagram)
        let believed = min(max(possible - before, 0), unbelieved + bytes)
        unbelieved += bytes - believed
        return believed
    }

    /// More than was sent cannot have arrived, so where more than 2³² bytes were sent over a fast way the nearest count below that is meant.
    private func unwrapped(_ bytes: Int64, sentMeanwhile: Int64) -> Int64 {
        guard arrived >= Self.much, bytes > 0 else { return bytes }
        let room = Int64(Double(max(sentMeanwhile, 0)) * 1.02) - bytes
        return room >= Self.wrap ? bytes + room / Self.wrap * Self.wrap : bytes
    }
}
