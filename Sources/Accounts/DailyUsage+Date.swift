import Foundation
import ServerLimits

extension DailyUsage {
    /// The day of an instant: days since 1970-01-01, UTC.
    package static func day(of date: Date) -> Int {
        Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
    }
}
