import Foundation

/// From local time to instants, with an answer also where the local time does not exist or exists twice.
public struct LocalClock: Sendable {
    public let zone: TimeZone

    public init(zone: TimeZone) {
        self.zone = zone
    }

    /// The first instant at which the zone's clocks show a local time, or have passed it where they skip it.
    ///
    /// - Parameter local: seconds from 1970-01-01 00:00 local time, as if no change of offset lay between.
    public func firstInstant(ofLocalSecond local: Int64) -> Date {
        // Offsets change at most once in two days: those of the days around are the only candidates.
        let before = offset(at: local - 86400)
        let after = offset(at: local + 86400)
        let early = local - max(before, after)
        let late = local - min(before, after)
        if offset(at: early) == local - early { return date(early) }
        if offset(at: late) == local - late { return date(late) }
        // Skipped: the change lies in (early, late]. Its first second is the first valid instant.
        var low = early
        var high = late
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == after { high = middle } else { low = middle }
        }
        return date(high)
    }

    /// What the zone's clocks show at an instant: seconds from 1970-01-01 00:00 local time, rounded down.
    public func localSecond(at date: Date) -> Int64 {
        let seconds = date.timeIntervalSince1970
        let whole = seconds.isFinite ? Int64(min(max(seconds, -6.3e10), 2.6e11).rounded(.down)) : 0
        return whole + offset(at: whole)
    }

    private func offset(at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: date(second)))
    }

    private func date(_ second: Int64) -> Date {
        Date(timeIntervalSince1970: Double(second))
    }
}
