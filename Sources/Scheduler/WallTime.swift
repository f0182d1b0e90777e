import Foundation

/// An instant of the wall clock in whole milliseconds since the epoch, so that a plan is the same on every machine.
struct WallTime: Hashable, Comparable, Sendable {
    let milliseconds: Int64

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The begin of a slot, whose number is in seconds; far beyond any real date it is cut off.
    init(slot number: Int64) {
        milliseconds = min(max(number, -4_000_000_000_000), 4_000_000_000_000) * 1000
    }

    /// Rounded down; far beyond any real date it is cut off.
    init(_ date: Date) {
        // A Date made of whole milliseconds lies up to 0.3 µs beside them; rounding down must not lose one.
        let value = (date.timeIntervalSince1970 * 1000 + 0.001).rounded(.down)
        // 4e15 ms are some 126,000 years: additions to it never overflow.
        milliseconds = value.isNaN ? 0 : Int64(min(max(value, -4e15), 4e15))
    }

    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    static func < (left: WallTime, right: WallTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    static func + (time: WallTime, milliseconds: Int64) -> WallTime {
        WallTime(milliseconds: time.milliseconds + milliseconds)
    }

    static func - (time: WallTime, milliseconds: Int64) -> WallTime {
        WallTime(milliseconds: time.milliseconds - milliseconds)
    }

    /// For sentences: `2026-01-31T02:00:00Z`.
    var text: String { date.formatted(.iso8601) }
}

extension Duration {
    /// Rounded down to whole milliseconds.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity; the divisor is positive.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
