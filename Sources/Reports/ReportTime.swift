import FleetModel
import Foundation

/// Instants as people read them in a report: in the fleet's zone, with its offset, which is `Z` in UTC.
package struct ReportTime: Sendable {
    private let clock: LocalClock

    package init(zone: TimeZone) {
        clock = LocalClock(zone: zone)
    }

    /// How the footer names the zone.
    var zoneName: String { isUTC ? "UTC" : clock.zone.identifier }

    /// `2026-11-29`.
    package func day(_ date: Date) -> String { String(UTCTime.minutes(shown(date)).prefix(10)) }

    /// `2026-11-29 04:05Z`, or `2026-11-29 04:05+13:00`.
    func minutes(_ date: Date) -> String {
        let text = UTCTime.minutes(shown(date))
        return isUTC ? text : text.dropLast() + offset(at: date)
    }

    /// `2 Mar`.
    func shortDay(_ date: Date) -> String { UTCTime.shortDay(shown(date)) }

    /// `Mar`, and in January the year.
    func shortMonth(_ date: Date) -> String {
        let text = day(date)
        return text.dropFirst(5).hasPrefix("01") ? String(text.prefix(4)) : String(shortDay(date).suffix(3))
    }

    func year(_ date: Date) -> String { String(day(date).prefix(4)) }

    /// `04:05`.
    func shortClock(_ date: Date) -> String { UTCTime.shortClock(shown(date)) }

    /// `04:05:06`.
    func longClock(_ date: Date) -> String { String(UTCTime.seconds(shown(date)).dropFirst(11).dropLast()) }

    /// What the zone's clocks show: seconds from 1970-01-01 00:00 there.
    func localSecond(_ date: Date) -> Int64 { clock.localSecond(at: date) }

    func instant(ofLocalSecond second: Int64) -> Date { clock.firstInstant(ofLocalSecond: second) }

    private var isUTC: Bool { ["UTC", "GMT"].contains(clock.zone.identifier) }

    /// The instant at which UTC's clocks show what the zone's show now.
    private func shown(_ date: Date) -> Date {
        isUTC ? date : Date(timeIntervalSince1970: Double(clock.localSecond(at: date)))
    }

    private func offset(at date: Date) -> String {
        let minutes = clock.zone.secondsFromGMT(for: date) / 60
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return (minutes < 0 ? "-" : "+") + two(abs(minutes) / 60) + ":" + two(abs(minutes) % 60)
    }
}
