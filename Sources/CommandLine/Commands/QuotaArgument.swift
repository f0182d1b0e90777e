import ArgumentParser
import FleetModel
import ServerLimits

/// A quota on the command line: `day=10G`, `month-in=200G`, `week-out=unlimited`, `day=none`.
struct QuotaArgument: Sendable, Equatable {
    let period: QuotaPeriod
    let direction: QuotaDirection
    /// nil: what else holds, holds again.
    let bytes: Int64?

    /// More than anybody moves in a month.
    static let unlimited = Int64.max

    static let form = "write day=10G, week-in=200G, month-out=unlimited"

    /// For options: a sentence for what is no quota.
    static func parse(_ text: String) throws -> QuotaArgument {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = parts.first, let amount = parts.last else {
            throw ValidationError("A quota has a period and a number of bytes: \(form).")
        }
        let words = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let period = words.first.flatMap({ QuotaPeriod(rawValue: String($0)) }) else {
            throw ValidationError("A quota counts by day, week or month (UTC): \(form).")
        }
        let direction = words.count == 1 ? .combined : words.last.flatMap { QuotaDirection(rawValue: String($0)) }
        guard let direction else {
            throw ValidationError("A quota counts in, out or, without a word, both together: \(form).")
        }
        switch amount {
        case "none": return QuotaArgument(period: period, direction: direction, bytes: nil)
        case "unlimited": return QuotaArgument(period: period, direction: direction, bytes: unlimited)
        default:
            guard let count = ByteCount(parsing: String(amount)) else {
                throw ValidationError("\(String(amount).debugDescription) is no number of bytes: \(form).")
            }
            return QuotaArgument(period: period, direction: direction, bytes: count.bytes)
        }
    }

    /// The quotas that a server has for everybody, of which none can be taken away.
    static func rule(_ text: String) throws -> QuotaRule {
        let argument = try parse(text)
        guard let bytes = argument.bytes else {
            throw ValidationError("There is no quota that none could remove: leave the option out.")
        }
        return QuotaRule(argument.period, argument.direction, bytes: bytes)
    }
}
