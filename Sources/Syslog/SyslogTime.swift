import Foundation
import Glibc

/// Instants as syslog writes them.
enum SyslogTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `2026-03-02T04:05:06.789Z`.
    static func rfc5424(_ date: Date) -> String {
        let (time, milliseconds) = parts(date, utcOffset: 0)
        let year = Int(time.tm_year) + 1900
        let day = "\(digits(year, 4))-\(digits(Int(time.tm_mon) + 1, 2))-\(digits(Int(time.tm_mday), 2))"
        return "\(day)T\(clock(time)).\(digits(milliseconds, 3))Z"
    }

    /// `Mar  2 04:05:06`: the day is padded by a space.
    static func rfc3164(_ date: Date, utcOffset: Int) -> String {
        let (time, _) = parts(date, utcOffset: utcOffset)
        let month = months[Int(time.tm_mon) % months.count]
        return "\(month) \(time.tm_mday < 10 ? " " : "")\(time.tm_mday) \(clock(time))"
    }

    private static func clock(_ time: tm) -> String {
        "\(digits(Int(time.tm_hour), 2)):\(digits(Int(time.tm_min), 2)):\(digits(Int(time.tm_sec), 2))"
    }

    /// Within the years 1970 … 9999, to whose ends everything else is brought.
    private static func parts(_ date: Date, utcOffset: Int) -> (time: tm, milliseconds: Int) {
        let last = 253_402_300_799.0
        let seconds = date.timeIntervalSince1970
        let bounded = seconds.isFinite ? min(max(seconds, 0), last) : 0
        let all = Int((bounded * 1000).rounded(.down))
        var whole = time_t(min(max(all / 1000 + min(max(utcOffset, -86_400), 86_400), 0), Int(last)))
        var time = tm()
        gmtime_r(&whole, &time)
        return (time, all % 1000)
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(count - text.utf8.count, 0)) + text
    }
}
